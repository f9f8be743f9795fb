-- grain: one row per closed reject of a place that is rejected for the same reason again
-- reads: staged_rejects, new_documents, rejects
DELETE FROM rejects
WHERE state = 'replayed' AND (document_id, reason) IN (
    SELECT (staged.document_id, staged.reason)
    FROM staged_rejects AS staged
    SEMI JOIN new_documents USING (document_id));
