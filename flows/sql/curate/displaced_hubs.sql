-- grain: one row per text that was a hub of a bucket before the new texts came into it
-- reads: bucket_members; parameter: hubs
INSERT INTO displaced_hubs
SELECT DISTINCT text_id
FROM (
    SELECT
        text_id,
        is_new,
        place,
        place - count(*) FILTER (is_new) OVER (
            PARTITION BY bucket ORDER BY text_id ROWS UNBOUNDED PRECEDING) AS place_before
    FROM bucket_members
) AS member
WHERE NOT is_new AND place_before <= $hubs AND place > $hubs;
