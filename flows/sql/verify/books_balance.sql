-- law: what a run read is what it landed, rejected and knew, and its receipts and rows say so
-- grain: one row per finished run whose books do not balance
WITH read AS (SELECT run_id, sum(records_read) AS records FROM receipts GROUP BY run_id),
found AS (
    SELECT
        run_id,
        count(*) FILTER (status = 'landed') AS landed,
        count(*) FILTER (status = 'rejected') AS rejected
    FROM (
        SELECT run_id, status FROM documents
        UNION ALL
        SELECT landed_run_id, status FROM departures
    )
    GROUP BY run_id
)
SELECT
    run_id,
    records_read,
    records_landed,
    records_rejected,
    records_known,
    coalesce(read.records, 0) AS read_by_receipts,
    coalesce(found.landed, 0) AS landed_rows,
    coalesce(found.rejected, 0) AS rejected_rows
FROM runs
LEFT JOIN read USING (run_id)
LEFT JOIN found USING (run_id)
WHERE status = 'succeeded' AND (
    records_read <> records_landed + records_rejected + records_known
    OR records_read <> read_by_receipts
    OR records_landed <> landed_rows
    OR records_rejected <> rejected_rows);
