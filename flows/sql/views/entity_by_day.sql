-- flows/sql/views/entity_by_day.sql
-- grain: one row per entity and day of publication
-- reads: mentions, articles, entities
CREATE OR REPLACE VIEW entity_by_day AS
SELECT
    entity_id,
    any_value(entity.name) AS name,
    any_value(entity.label) AS label,
    any_value(entity.country_code) AS country_code,
    CAST(article.published_at AS DATE) AS published_on,
    count(*) AS mention_count,
    count(DISTINCT mention.article_id) AS article_count
FROM mentions AS mention
JOIN latest_articles AS article USING (article_id, version)
JOIN entities AS entity USING (entity_id)
GROUP BY entity_id, published_on;
