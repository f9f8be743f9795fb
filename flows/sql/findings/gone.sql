-- grain: one row per finding of the lake that is right by now, and goes; what is said of sources
--        stays, since it was true of its batch
-- reads: findings, {found}, the file that the inspection left
DELETE FROM findings
WHERE stage = 'lake' AND suite <> 'sources' AND NOT EXISTS (
    FROM read_parquet('{found}') AS found
    WHERE found.suite = findings.suite
        AND found.expectation = findings.expectation
        AND found.subject = findings.subject
        AND found.row_key = findings.row_key);
