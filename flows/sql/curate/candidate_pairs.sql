-- grain: one row per pair of texts to compare: one is new in a bucket of both, one is among its
--        first texts, its hubs; the work on a bucket grows with its size, not with its square
-- reads: bucket_members; parameter: hubs
INSERT INTO candidate_pairs
SELECT DISTINCT hub.text_id AS text_a, other.text_id AS text_b
FROM bucket_members AS hub
JOIN bucket_members AS other ON other.bucket = hub.bucket AND other.place > hub.place
WHERE hub.place <= $hubs AND (hub.is_new OR other.is_new);
