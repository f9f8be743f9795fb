-- flows/sql/curate/entity_merges_new.sql
-- grain: one row per merge that is not recorded yet
-- reads: wanted_merges, entity_merges; parameter: run_id
INSERT INTO entity_merges BY NAME
SELECT alias_id, entity_id, surname, sighting_count, share, $run_id AS run_id
FROM wanted_merges
ANTI JOIN entity_merges USING (alias_id)
ORDER BY alias_id;
