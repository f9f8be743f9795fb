-- grain: one row per run, the 12 newest
-- reads: runs
SELECT *, date_diff('millisecond', started_at, ended_at) / 1000.0 AS seconds
FROM runs
ORDER BY run_id DESC
LIMIT 12;
