-- grain: one row per rule of a touched site
-- reads: source_rules_wanted; parameter: run_id
INSERT INTO source_rules BY NAME
SELECT *, $run_id AS run_id
FROM source_rules_wanted
ORDER BY source, site, line;
