-- grain: one row, the articles of the lake and those landed in the last seven days
-- reads: documents; parameters: now
SELECT
    count(*) AS records,
    count(*) FILTER (first_seen_at > $now - INTERVAL 7 DAY) AS week_records
FROM documents;
