-- grain: one row per state of a file whose every record some receipt covers
-- reads: receipts
WITH windows AS (
    SELECT unnest(files, recursive := true) FROM receipts
),
reaches AS (
    SELECT
        *,
        max(first_record + record_count) OVER (
            PARTITION BY uri, size_bytes, modified_ns
            ORDER BY first_record, record_count
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM windows
)
SELECT uri, size_bytes, modified_ns
FROM reaches
GROUP BY uri, size_bytes, modified_ns
HAVING bool_and(first_record <= coalesce(reached, 0))
    AND max(first_record + record_count) >= max(file_records);
