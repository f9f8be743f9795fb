-- How did the checks of the last run end, table by table?
SELECT
    suite,
    stage,
    count(*) AS checks,
    count(*) FILTER (NOT is_success) AS failed,
    max(subject) FILTER (NOT is_success) AS failing
FROM checks
WHERE run_id = (SELECT max(run_id) FROM checks)
GROUP BY suite, stage
ORDER BY failed DESC, suite, stage;
