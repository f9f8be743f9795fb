-- grain: one row per line that is about to be written anew
-- reads: source_lines_merged
DELETE FROM source_lines USING source_lines_merged AS merged
WHERE source_lines.source = merged.source
    AND source_lines.site IS NOT DISTINCT FROM merged.site
    AND source_lines.line_hash = merged.line_hash
    AND source_lines.fate = merged.fate;
