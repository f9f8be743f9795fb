-- grain: one row per article version that has a text: the buckets in which it may meet a copy,
--        one a MinHash band, and one for its address, where it meets its other versions
-- reads: fingerprints, pending_batches
CREATE OR REPLACE TEMP VIEW text_buckets AS
SELECT
    text_id,
    run_id IN (SELECT run_id FROM pending_batches) AS is_pending,
    list_append(bands, CAST(hash(article_id) >> 1 AS BIGINT)) AS buckets
FROM fingerprints
WHERE text_id IS NOT NULL;
