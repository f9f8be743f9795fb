-- flows/sql/curate/entity_merges_gone.sql
-- grain: one row per recorded merge that is not to be, or no longer as it is written
-- reads: wanted_merges
DELETE FROM entity_merges
WHERE (alias_id, entity_id, sighting_count, share) NOT IN (
    SELECT (alias_id, entity_id, sighting_count, share) FROM wanted_merges);
