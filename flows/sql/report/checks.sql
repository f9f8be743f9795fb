-- grain: one row per check of the newest run that checked anything, worst first
-- reads: checks, acknowledgements
WITH known AS (
    SELECT suite, expectation, subject, max_by(note, acknowledged_at) AS note
    FROM acknowledgements
    GROUP BY ALL
)
SELECT checks.*, known.note
FROM checks LEFT JOIN known USING (suite, expectation, subject)
WHERE run_id = (SELECT max(run_id) FROM checks)
ORDER BY
    list_position(['failed', 'broken', 'acknowledged', 'unjudged', 'passed'], outcome),
    severity, suite = 'sources' DESC, suite, subject, expectation, stage;
