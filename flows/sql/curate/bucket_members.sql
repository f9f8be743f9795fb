-- grain: one row per text in a bucket that a pending text is in too, of some of the buckets;
--        `place` counts the texts of a bucket by id, so that it does not depend on arrival
-- reads: text_buckets; parameters: first, last
CREATE OR REPLACE TEMP TABLE bucket_members AS
WITH pending AS (
    SELECT DISTINCT unnest(buckets[$first:$last]) AS bucket
    FROM text_buckets
    WHERE is_pending
),
everywhere AS (
    SELECT text_id, is_pending, unnest(buckets[$first:$last]) AS bucket FROM text_buckets
),
members AS (
    SELECT bucket, text_id, bool_and(is_pending) AS is_new
    FROM everywhere
    SEMI JOIN pending USING (bucket)
    GROUP BY bucket, text_id
)
SELECT
    bucket,
    text_id,
    is_new,
    row_number() OVER (PARTITION BY bucket ORDER BY text_id) AS place
FROM members
QUALIFY count(*) OVER (PARTITION BY bucket) > 1;
