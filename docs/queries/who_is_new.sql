-- Who entered the news last, and with which article?
-- $label VARCHAR = PERSON (PERSON, ORG, GPE, LOC, NORP, FAC, EVENT): kind of entity
SELECT entity.first_seen_at, entity.name, entity.role, entity.article_count
FROM entities AS entity
WHERE entity.label = $label AND entity.first_seen_at IS NOT NULL
ORDER BY entity.first_seen_at DESC, entity.article_count DESC, entity.name
LIMIT 20;
