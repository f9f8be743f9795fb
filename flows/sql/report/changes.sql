-- grain: one row, the newest landed batch beside the one before it
-- reads: runs, measures, findings, checks
WITH landed AS (
    SELECT run_id, row_number() OVER (ORDER BY run_id DESC) AS place
    FROM runs
    WHERE records_landed > 0
),
told AS (
    SELECT
        landed.place,
        runs.records_read,
        runs.records_landed,
        runs.records_rejected / nullif(runs.records_read - runs.records_known, 0) AS rejected_share,
        (SELECT sum(value * sample_count) / sum(sample_count) FROM measures
            WHERE metric = 'words' AND measures.run_id = runs.run_id) AS median_words,
        (SELECT sum(value * sample_count) / sum(sample_count) FROM measures
            WHERE metric = 'copies' AND measures.run_id = runs.run_id) AS copied_share,
        (SELECT count(*) FROM findings
            WHERE stage = 'text' AND findings.run_id = runs.run_id) AS text_oddities,
        (SELECT count(DISTINCT source) FROM measures
            WHERE measures.run_id = runs.run_id) AS sources,
        (SELECT count(*) FROM checks
            WHERE outcome IN ('failed', 'broken') AND checks.run_id = runs.run_id) AS checks_failed,
        date_diff('millisecond', started_at, ended_at) / 1000.0 AS seconds
    FROM landed JOIN runs USING (run_id)
    WHERE place <= 2
)
SELECT now.* EXCLUDE (place), COLUMNS(before.* EXCLUDE (place)) AS 'before_\0'
FROM told AS now LEFT JOIN told AS before ON before.place = 2
WHERE now.place = 1;
