-- flows/sql/curate/mention_unmerge.sql
-- grain: one row per mention whose merge no longer holds: it is again the lone name it was
-- reads: entity_merges, wanted_surnames
UPDATE mentions
SET entity_id = gone.alias_id, entity_name = surface, link_method = 'name'
FROM (
    SELECT merges.alias_id, merges.entity_id
    FROM entity_merges AS merges
    ANTI JOIN wanted_surnames AS wanted
        ON wanted.entity_id = merges.entity_id AND wanted.surname = merges.surname
) AS gone
WHERE mentions.link_method = 'corpus_surname' AND mentions.entity_id = gone.entity_id;
