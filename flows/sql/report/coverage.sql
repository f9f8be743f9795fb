-- grain: one row per source: the share of its articles that have each field
-- reads: articles, documents
WITH latest AS (
    SELECT * FROM articles
    QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY version DESC) = 1
)
SELECT
    source,
    count(*) AS articles,
    count(title) / count(*) AS title,
    count(subtitle) / count(*) AS subtitle,
    count(url) / count(*) AS url,
    count(published_at) / count(*) AS published_at,
    count(*) FILTER (len(authors) > 0) / count(*) AS authors,
    count(section) / count(*) AS section,
    count(language) / count(*) AS language,
    count(dateline_place) / count(*) AS dateline,
    count(*) FILTER (len(captions) > 0) / count(*) AS captions,
    count(*) FILTER (quote_count > 0) / count(*) AS quotes,
    count(*) FILTER (mention_count > 0) / count(*) AS mentions
FROM latest JOIN documents USING (document_id)
GROUP BY source
ORDER BY articles DESC, source
LIMIT 50;
