-- grain: one row per label and entity: the 12 most widely named of each of three labels
-- reads: entities
SELECT label, name AS surface, article_count AS articles, mention_count AS mentions
FROM entities
WHERE label IN ('PERSON', 'ORG', 'GPE')
QUALIFY row_number() OVER (
    PARTITION BY label ORDER BY article_count DESC, mention_count DESC, entity_id) <= 12
ORDER BY label, articles DESC, mentions DESC, entity_id;
