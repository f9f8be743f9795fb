-- grain: one row per document of an earlier run that this run met again
-- reads: staged_known, staged_documents; parameters: run_id, started_at
UPDATE documents SET last_seen_at = $started_at
WHERE run_id <> $run_id AND document_id IN (
    SELECT document_id FROM staged_known
    UNION ALL
    SELECT document_id FROM staged_documents);
