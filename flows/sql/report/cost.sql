-- grain: one row per run that landed shards, the newest 60: its time and memory
-- reads: receipts, runs
WITH shards AS (
    SELECT
        run_id,
        sum(cpu_seconds) AS cpu_seconds,
        max(peak_memory_bytes) AS peak_memory_bytes,
        sum(records_read) AS records
    FROM receipts
    GROUP BY run_id
)
SELECT
    run_id,
    date_diff('millisecond', started_at, ended_at) / 1000.0 AS seconds,
    cpu_seconds,
    peak_memory_bytes,
    records,
    started_at
FROM runs JOIN shards USING (run_id)
ORDER BY run_id DESC
LIMIT 60;
