-- grain: one row per expectation result of the newest run that checked anything
-- reads: checks
SELECT *
FROM checks
WHERE run_id = (SELECT max(run_id) FROM checks)
ORDER BY is_success, severity = 'warn', stage, suite, subject, expectation;
