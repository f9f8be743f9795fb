-- grain: one row per reject, those that wait for somebody first
-- reads: rejects; parameters: code, run (null for all), state (null for all)
SELECT
    substr(document_id, 1, 12) AS id,
    reason,
    state,
    attempts,
    stage,
    parse_filename(uri) || coalesce('!/' || member, '') || '#' || record_ordinal AS place,
    byte_start,
    message,
    run_id
FROM rejects
WHERE ($code IS NULL OR reason = $code)
    AND ($run IS NULL OR starts_with(run_id, $run))
    AND ($state IS NULL OR state = $state)
ORDER BY state, reason, uri, member NULLS FIRST, record_ordinal;
