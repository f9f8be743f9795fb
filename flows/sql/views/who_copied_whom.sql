-- grain: one row per pair of sites of which one has copies of the other's canonical articles
-- reads: articles, duplicates
CREATE OR REPLACE VIEW who_copied_whom AS
SELECT
    original.site AS first_site,
    copied.site AS copying_site,
    count(*) AS copy_count,
    count(*) FILTER (copy.kind = 'wire') AS wire_count,
    median(date_diff('minute', original.published_at, copied.published_at)) / 60
        AS median_delay_hours,
    min(copied.published_at) AS first_copied_at,
    arg_min(copied.article_id, (copied.published_at, copied.article_id)) AS first_copy_id
FROM duplicates AS copy
JOIN latest_articles AS copied USING (article_id, version)
JOIN latest_articles AS original ON original.article_id = copy.canonical_article_id
WHERE copy.kind <> 'template' AND original.site <> copied.site
GROUP BY ALL;
