-- flows/sql/views/share_of_voice.sql
-- grain: one row per source and entity that its articles name
-- reads: mentions, articles, documents, entities
CREATE OR REPLACE VIEW share_of_voice AS
WITH placed AS (
    SELECT article.article_id, article.version, document.source
    FROM latest_articles AS article
    JOIN documents AS document USING (document_id)
),
totals AS (
    SELECT source, count(*) AS articles FROM placed GROUP BY source
)
SELECT
    source,
    entity_id,
    any_value(entity.name) AS name,
    any_value(entity.label) AS label,
    count(*) AS mention_count,
    count(DISTINCT article_id) AS article_count,
    count(DISTINCT article_id) / any_value(totals.articles) AS article_share
FROM mentions
JOIN placed USING (article_id, version)
JOIN totals USING (source)
JOIN entities AS entity USING (entity_id)
GROUP BY source, entity_id;
