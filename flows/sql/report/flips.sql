-- grain: one row per check whose outcome is another than in the run before that checked
-- reads: checks
WITH runs_that_checked AS (
    SELECT run_id, row_number() OVER (ORDER BY run_id DESC) AS place
    FROM (SELECT DISTINCT run_id FROM checks)
),
told AS (
    SELECT checks.*, place FROM checks JOIN runs_that_checked USING (run_id) WHERE place <= 2
)
SELECT now.suite, now.subject, now.stage, before.outcome AS before, now.outcome AS now, now.observed
FROM told AS now
JOIN told AS before USING (stage, suite, expectation, subject)
WHERE now.place = 1 AND before.place = 2 AND now.outcome <> before.outcome
ORDER BY now.outcome, now.suite, now.subject
LIMIT 40;
