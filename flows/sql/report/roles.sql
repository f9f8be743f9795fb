-- grain: one row per source and role: share of the characters of its landed records, each batch
--        weighing as much as it has articles
-- reads: measures
WITH sizes AS (
    SELECT source, run_id, value AS articles FROM measures WHERE metric = 'articles'
)
SELECT
    source,
    substr(metric, 6) AS role,
    sum(value * articles) AS chars
FROM measures JOIN sizes USING (source, run_id)
WHERE metric LIKE 'role:%'
GROUP BY source, role
ORDER BY source, chars DESC, role;
