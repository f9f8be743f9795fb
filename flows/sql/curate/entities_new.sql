-- flows/sql/curate/entities_new.sql
-- grain: one row per entity that is new or has changed
-- reads: changed_entities; parameter: run_id
INSERT INTO entities BY NAME
SELECT *, $run_id AS run_id
FROM changed_entities
ORDER BY entity_id;
