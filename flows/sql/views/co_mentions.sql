-- flows/sql/views/co_mentions.sql
-- grain: one row per pair of entities that an article names together, the first id first
-- reads: mentions, articles
CREATE OR REPLACE VIEW co_mentions AS
WITH named AS (
    SELECT DISTINCT article_id, entity_id
    FROM mentions
    SEMI JOIN latest_articles USING (article_id, version)
    WHERE entity_id IS NOT NULL
)
SELECT
    one.entity_id AS entity_id,
    other.entity_id AS other_entity_id,
    count(*) AS article_count
FROM named AS one
JOIN named AS other ON other.article_id = one.article_id AND other.entity_id > one.entity_id
GROUP BY ALL;
