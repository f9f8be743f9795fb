-- grain: one row per run, newest first
-- reads: runs
SELECT
    run_id,
    status,
    engine,
    started_at,
    round(epoch(ended_at - started_at), 1) AS seconds,
    records_read,
    records_landed,
    records_rejected,
    records_known,
    checks_failed,
    error
FROM runs
ORDER BY run_id DESC;
