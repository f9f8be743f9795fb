-- law: a body is its kept blocks in order, with one blank line between two
-- grain: one row per article version whose kept blocks do not cover its body so
WITH kept AS (
    SELECT
        article_id,
        version,
        body_start,
        body_end,
        coalesce(lag(body_end) OVER in_order + 2, 0) AS expected_start
    FROM blocks
    WHERE is_kept AND body_start IS NOT NULL
    WINDOW in_order AS (PARTITION BY article_id, version ORDER BY ordinal)
),
covered AS (
    SELECT
        article_id,
        version,
        max(body_end) AS covered_chars,
        count(*) FILTER (body_start <> expected_start) AS misplaced_blocks
    FROM kept
    GROUP BY article_id, version
)
SELECT article_id, version, length(body) AS body_chars, covered_chars, misplaced_blocks
FROM articles
LEFT JOIN covered USING (article_id, version)
WHERE coalesce(covered_chars, 0) <> length(body) OR coalesce(misplaced_blocks, 0) > 0;
