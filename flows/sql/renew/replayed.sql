-- grain: one row per reject of a renewed document that is not rejected for this reason again
-- reads: renewed, rejects
UPDATE rejects SET state = 'replayed', attempts = attempts + 1
WHERE state <> 'replayed' AND document_id IN (SELECT document_id FROM renewed);
