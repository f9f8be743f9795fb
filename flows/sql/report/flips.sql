-- grain: one row per check that failed in one of the two newest runs that checked, and not so
--        in the other
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
    AND (now.outcome IN ('failed', 'broken', 'acknowledged')
        OR before.outcome IN ('failed', 'broken', 'acknowledged'))
ORDER BY now.outcome, now.suite, now.subject
LIMIT 40;
