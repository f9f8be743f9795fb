-- grain: one row per entity that bears the name, be it the fullest or another one
-- reads: entities
CREATE OR REPLACE MACRO entities_named(asked) AS TABLE
SELECT entity_id
FROM entities
WHERE folded(name) = folded(asked)
    OR list_contains(list_transform(aliases, lambda alias: folded(alias)), folded(asked));
