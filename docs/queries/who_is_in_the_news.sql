-- Who or what is named in most articles of some days?
-- $label VARCHAR = PERSON (PERSON, ORG, GPE, LOC, NORP, FAC, EVENT): kind of entity
-- $since DATE = 2025-01-01: first day of publication
-- $until DATE = 2026-12-31: last day of publication
SELECT
    entity.name,
    any_value(entity.role) AS role,
    count(DISTINCT mention.article_id) AS articles,
    count(*) AS mentions
FROM mentions AS mention
JOIN latest_articles AS article USING (article_id, version)
JOIN entities AS entity USING (entity_id)
WHERE entity.label = $label
    AND article.published_at >= $since
    AND article.published_at < $until + INTERVAL 1 DAY
GROUP BY entity_id, entity.name
ORDER BY articles DESC, mentions DESC, entity.name
LIMIT 20;
