-- flows/sql/views/first_appearances.sql
-- grain: one row per entity: the first dated article that names it
-- reads: mentions, articles, entities
CREATE OR REPLACE VIEW first_appearances AS
SELECT
    entity_id,
    entity.name,
    entity.label,
    article.published_at,
    article.article_id,
    article.site,
    article.title
FROM (SELECT DISTINCT entity_id, article_id, version FROM mentions) AS named
JOIN latest_articles AS article USING (article_id, version)
JOIN entities AS entity USING (entity_id)
WHERE article.published_at IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY entity_id ORDER BY article.published_at, article.article_id) = 1;
