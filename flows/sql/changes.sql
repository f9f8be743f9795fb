-- grain: one row per row of {table} that came, changed or went between two snapshots
-- reads: {table} at snapshots {first} and {last}; rows are told apart by their key
WITH touched AS (
    SELECT DISTINCT {key}
    FROM ducklake_table_changes('lake', 'main', '{table}', {first}, {last})
    WHERE snapshot_id > {first}
),
before AS (
    SELECT {columns} FROM {table} AT (VERSION => {first}) SEMI JOIN touched USING ({key})
),
after AS (
    SELECT {columns} FROM {table} AT (VERSION => {last}) SEMI JOIN touched USING ({key})
)
SELECT
    CASE WHEN was.row IS NULL THEN 'came' WHEN is_.row IS NULL THEN 'gone' ELSE 'changed' END
        AS change,
    coalesce(is_.row, was.row) AS row
FROM (SELECT {key}, before AS row FROM before) AS was
FULL JOIN (SELECT {key}, after AS row FROM after) AS is_ USING ({key})
WHERE was.row IS DISTINCT FROM is_.row;
