-- grain: one row per reject of a new document
-- reads: staged_rejects, new_documents; parameters: run_id, started_at
INSERT INTO rejects BY NAME
SELECT staged.* EXCLUDE (staged_in) REPLACE (
    $run_id AS run_id,
    $started_at AS rejected_at)
FROM staged_rejects AS staged
JOIN new_documents
    ON new_documents.document_id = staged.document_id
    AND new_documents.staged_in = staged.staged_in
ORDER BY staged.reason, staged.uri, staged.member NULLS FIRST, staged.record_ordinal;
