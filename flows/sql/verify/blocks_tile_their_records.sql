-- law: blocks tile the decoded record: from its first character, without gap or overlap
-- grain: one row per block that does not begin where the one before it ends
SELECT article_id, version, ordinal, raw_start, raw_end, expected_start
FROM (
    SELECT
        *,
        coalesce(lag(raw_end) OVER in_order, 0) AS expected_start,
        row_number() OVER in_order - 1 AS expected_ordinal
    FROM blocks
    WINDOW in_order AS (PARTITION BY article_id, version ORDER BY ordinal)
)
WHERE raw_start <> expected_start OR raw_end < raw_start OR ordinal <> expected_ordinal;
