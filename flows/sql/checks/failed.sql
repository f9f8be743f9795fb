-- grain: one row per check of a run that failed or could not be evaluated; worst first
-- reads: checks; parameter: run_id
SELECT suite, subject, expectation, stage, severity, outcome, observed, expected, why, query
FROM checks
WHERE run_id = $run_id AND outcome IN ('failed', 'broken')
ORDER BY severity, suite, subject, expectation;
