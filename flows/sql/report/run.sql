-- grain: one row, the newest run; no row in an empty lake
-- reads: runs
SELECT *, date_diff('millisecond', started_at, ended_at) / 1000.0 AS seconds
FROM runs
ORDER BY run_id DESC
LIMIT 1;
