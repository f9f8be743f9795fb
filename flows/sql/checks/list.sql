-- grain: one row per check of the newest run that checked; those that failed first
-- reads: checks, acknowledgements; {chosen} leaves out those that passed, or none
SELECT
    suite || '.' || subject AS name,
    outcome,
    severity,
    observed,
    any_value(acknowledgements.note) AS note,
    any_value(acknowledgements.until_on) AS until_on
FROM checks
LEFT JOIN acknowledgements USING (suite, expectation, subject)
WHERE checks.run_id = (SELECT max(run_id) FROM checks) AND {chosen}
GROUP BY suite, subject, expectation, stage, outcome, severity, observed
ORDER BY
    list_position(['failed', 'broken', 'acknowledged', 'unjudged', 'passed'], outcome),
    severity, name, stage;
