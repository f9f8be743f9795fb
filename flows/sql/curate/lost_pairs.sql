-- grain: one row per kept pair that a rebuild would not compare: its first text was a hub and is
--        one no longer in any bucket that both are in
-- reads: text_pairs, text_buckets, displaced_hubs; parameter: hubs
CREATE OR REPLACE TEMP TABLE lost_pairs AS
WITH everywhere AS (
    SELECT text_id, unnest(buckets) AS bucket FROM text_buckets
),
theirs AS (
    SELECT DISTINCT bucket FROM everywhere SEMI JOIN displaced_hubs USING (text_id)
),
members AS (
    SELECT DISTINCT bucket, text_id FROM everywhere SEMI JOIN theirs USING (bucket)
),
placed AS (
    SELECT
        bucket,
        text_id,
        row_number() OVER (PARTITION BY bucket ORDER BY text_id) AS place
    FROM members
),
held AS (
    SELECT DISTINCT hub.text_id AS text_a, other.text_id AS text_b
    FROM placed AS hub
    JOIN placed AS other ON other.bucket = hub.bucket AND other.place > hub.place
    WHERE hub.place <= $hubs
)
SELECT text_a, text_b
FROM text_pairs
SEMI JOIN displaced_hubs ON displaced_hubs.text_id = text_pairs.text_a
ANTI JOIN held USING (text_a, text_b);
