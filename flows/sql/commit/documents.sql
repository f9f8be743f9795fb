-- grain: one row per new document
-- reads: new_documents; parameters: run_id, started_at
INSERT INTO documents BY NAME
SELECT * EXCLUDE (staged_in) REPLACE (
    $run_id AS run_id,
    $started_at AS first_seen_at,
    $started_at AS last_seen_at,
    staged_in AS shard_id)
FROM new_documents
ORDER BY uri, member NULLS FIRST, record_ordinal;
