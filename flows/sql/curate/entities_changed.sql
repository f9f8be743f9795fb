-- flows/sql/curate/entities_changed.sql
-- grain: one row per entity that is new, or of which the lake says something else
-- reads: counted_entities, entities
CREATE OR REPLACE TEMP TABLE changed_entities AS
SELECT * FROM counted_entities
EXCEPT
SELECT * EXCLUDE (run_id) FROM entities;
