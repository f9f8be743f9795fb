-- grain: one row per line of a source's site, by fate, that is new or seen again
-- reads: source_lines_merged
INSERT INTO source_lines BY NAME
FROM source_lines_merged
ORDER BY source, site, line_hash, fate;
