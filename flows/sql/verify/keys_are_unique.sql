-- law: the key of {table} is unique
-- grain: one row per key that more than one row has
SELECT {key}, count(*) AS rows
FROM {table}
GROUP BY ALL
HAVING count(*) > 1;
