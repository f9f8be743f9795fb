-- grain: one row per source and field of an article
-- reads: articles, documents
CREATE OR REPLACE VIEW field_coverage AS
WITH filled AS MATERIALIZED (
    SELECT
        source,
        count(*) AS article_count,
        count(title) AS title,
        count(subtitle) AS subtitle,
        count(byline_raw) AS byline,
        count(published_at) AS published_at,
        count(modified_at) AS modified_at,
        count(url) AS url,
        count(section) AS section,
        count(language) AS language,
        count(dateline_place) AS dateline_place,
        count(*) FILTER (len(captions) > 0) AS captions,
        count(*) FILTER (quote_count > 0) AS quotes,
        count(*) FILTER (mention_count > 0) AS mentions
    FROM latest_articles
    JOIN documents USING (document_id)
    GROUP BY source
)
SELECT source, field, filled_count, article_count, filled_count / article_count AS filled_share
FROM filled
UNPIVOT (filled_count FOR field IN (* EXCLUDE (source, article_count)));
