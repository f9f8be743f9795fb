-- grain: one row per reject of a renewed document that is rejected for the same reason again
-- reads: renewed, staged_rejects, rejects
DELETE FROM rejects
WHERE document_id IN (SELECT document_id FROM renewed)
    AND (document_id, reason) IN (SELECT (document_id, reason) FROM staged_rejects);
