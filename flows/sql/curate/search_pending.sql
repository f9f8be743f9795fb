-- grain: one row per latest version that the index lacks, with the number that it gets; numbers
--        go on from the greatest
-- reads: articles, indexed_articles
CREATE OR REPLACE TEMP TABLE search_pending AS
WITH missing AS (
    SELECT article_id, version FROM latest_articles
    EXCEPT
    SELECT article_id, version FROM indexed_articles
)
SELECT
    article_id,
    version,
    CAST(row_number() OVER (ORDER BY article_id) AS INTEGER) AS place,
    CAST(place + (SELECT coalesce(max(article_no), 0) FROM indexed_articles) AS INTEGER)
        AS article_no
FROM missing;
