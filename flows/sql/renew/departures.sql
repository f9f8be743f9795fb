-- grain: one row per renewed document: it leaves the books of the run that had landed it
-- reads: renewed; parameters: run_id, started_at
INSERT INTO departures BY NAME
SELECT
    document_id,
    article_id,
    run_id AS landed_run_id,
    status,
    'renewed' AS why,
    $started_at AS left_at,
    $run_id AS run_id
FROM renewed
ORDER BY document_id;
