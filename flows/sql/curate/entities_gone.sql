-- flows/sql/curate/entities_gone.sql
-- grain: one row per entity that nobody names any more, or that is about to be written anew
-- reads: changed_entities, counted_entities
DELETE FROM entities
WHERE entity_id IN (SELECT entity_id FROM changed_entities)
    OR entity_id NOT IN (SELECT entity_id FROM counted_entities);
