-- grain: one row per printed name, label and day of publication
-- reads: mentions, articles
CREATE OR REPLACE VIEW entity_by_day AS
SELECT
    mention.surface,
    mention.label,
    CAST(article.published_at AS DATE) AS published_on,
    count(*) AS mention_count,
    count(DISTINCT mention.article_id) AS article_count
FROM mentions AS mention
JOIN latest_articles AS article USING (article_id, version)
GROUP BY ALL;
