-- flows/sql/curate/mention_merge.sql
-- grain: one row per mention of a lone surname that means one person in the corpus
-- reads: wanted_merges
UPDATE mentions
SET entity_id = wanted.entity_id, entity_name = wanted.entity_name, link_method = 'corpus_surname'
FROM wanted_merges AS wanted
WHERE mentions.label = 'PERSON' AND mentions.link_method = 'name'
    AND mentions.entity_id = wanted.alias_id;
