-- grain: one row per run, newest first
-- reads: runs, checks
SELECT
    runs.run_id,
    status,
    source,
    started_at,
    date_diff('millisecond', started_at, ended_at) / 1000.0 AS seconds,
    records_read,
    records_landed,
    records_rejected,
    records_known,
    error,
    count(*) FILTER (outcome IN ('failed', 'broken') AND severity = 'stop') AS stops,
    count(*) FILTER (outcome IN ('failed', 'broken') AND severity = 'warn') AS warnings,
    count(*) FILTER (outcome = 'acknowledged') AS acknowledged,
    count(outcome) AS checks
FROM runs LEFT JOIN checks USING (run_id)
GROUP BY ALL
ORDER BY run_id DESC
LIMIT 2000;
