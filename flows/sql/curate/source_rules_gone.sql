-- grain: one row per rule of a touched site that no evidence supports any more, or that is about
--        to be written anew
-- reads: source_line_sightings, source_rules_wanted
DELETE FROM source_rules
WHERE rule_id IN (SELECT rule_id FROM source_rules_wanted)
    OR decided_by = 'evidence' AND rule_id IN (
        SELECT rule_id
        FROM source_rules AS rule
        JOIN (SELECT DISTINCT source, site FROM source_line_sightings) AS touched
            ON touched.source = rule.source AND touched.site IS NOT DISTINCT FROM rule.site);
