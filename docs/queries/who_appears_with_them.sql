-- Who and what is named in the same articles as somebody?
-- $name VARCHAR = Brazil: a person, place or organisation, under any of its names
WITH theirs AS (
    SELECT DISTINCT article_id, version
    FROM mentions
    WHERE entity_id IN (FROM entities_named($name))
)
SELECT entity.name, entity.label, count(DISTINCT mention.article_id) AS articles
FROM mentions AS mention
SEMI JOIN theirs USING (article_id, version)
SEMI JOIN latest_articles USING (article_id, version)
JOIN entities AS entity USING (entity_id)
WHERE entity_id NOT IN (FROM entities_named($name))
GROUP BY entity_id, entity.name, entity.label
ORDER BY articles DESC, entity.name
LIMIT 20;
