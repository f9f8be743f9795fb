-- grain: one row per run whose row is open
-- reads: runs
SELECT run_id, source, started_at, status
FROM runs
WHERE status IN ('running', 'landed')
ORDER BY run_id;
