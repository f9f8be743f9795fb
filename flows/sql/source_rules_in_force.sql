-- grain: one row per rule that cuts
-- reads: source_rules
SELECT source, coalesce(site, '') AS site, line, role
FROM source_rules
WHERE state = 'accepted'
ORDER BY source, site, line;
