-- grain: one row per reject that a renewed document has got: the tries before count
-- reads: renewed, rejects; parameter: run_id
UPDATE rejects SET attempts = renewed.attempts + 1
FROM renewed
WHERE rejects.document_id = renewed.document_id AND rejects.run_id = $run_id;
