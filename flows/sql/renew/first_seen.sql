-- grain: one row per renewed document: it was first seen when it was
-- reads: renewed, documents; parameter: run_id
UPDATE documents SET first_seen_at = renewed.first_seen_at
FROM renewed
WHERE documents.document_id = renewed.document_id AND documents.run_id = $run_id;
