-- grain: one row per row of the lake that is found unlike an expectation for the first time, and
--        per source that is unlike itself in this run
-- reads: findings, {found}, the file that the inspection left
INSERT INTO findings BY NAME
SELECT found.*
FROM read_parquet('{found}') AS found
ANTI JOIN findings
    ON findings.stage = 'lake'
    AND findings.suite = found.suite
    AND findings.expectation = found.expectation
    AND findings.subject = found.subject
    AND findings.row_key = found.row_key
    AND (findings.suite <> 'sources' OR findings.run_id = found.run_id)
ORDER BY suite, expectation, subject, row_key;
