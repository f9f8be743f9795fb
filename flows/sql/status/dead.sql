-- grain: one row per interrupted run of the newest hundred that Prefect has started
-- reads: runs
SELECT flow_run_id
FROM (SELECT * FROM runs ORDER BY run_id DESC LIMIT 100)
WHERE status = 'interrupted' AND flow_run_id IS NOT NULL
ORDER BY run_id;
