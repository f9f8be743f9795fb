-- grain: one row per row that the audit of a batch found unlike an expectation
-- reads: {found}, the file that the inspection left
INSERT INTO findings BY NAME
FROM read_parquet('{found}')
ORDER BY stage, suite, expectation, subject, row_key;
