-- flows/sql/curate/entity_merges_wanted.sql
-- grain: one row per lone surname, as an entity of its own, that is to be one with a person
-- reads: mentions, entity_merges, wanted_surnames
CREATE OR REPLACE TEMP TABLE wanted_merges AS
WITH lone AS (
    SELECT DISTINCT entity_id AS alias_id, lower(entity_name) AS surname
    FROM mentions
    WHERE label = 'PERSON' AND link_method = 'name' AND NOT contains(entity_name, ' ')
    UNION
    SELECT alias_id, surname FROM entity_merges
)
SELECT lone.alias_id, wanted.*
FROM lone
JOIN wanted_surnames AS wanted USING (surname);
