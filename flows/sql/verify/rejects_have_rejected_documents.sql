-- law: every rejected document has a reject with its reason, and every reject its document
-- grain: one row per open or waived reject without its document, or rejected document without one
SELECT document_id, reason, document.status
FROM (FROM rejects WHERE state <> 'replayed')
FULL JOIN (SELECT document_id, status FROM documents WHERE status = 'rejected') AS document
    USING (document_id)
WHERE reason IS NULL OR document.status IS NULL;
