-- grain: one row per forgotten document: ids, and no word of it
-- reads: forgotten; parameters: command_id, left_at
INSERT INTO departures BY NAME
SELECT
    document_id,
    article_id,
    run_id AS landed_run_id,
    status,
    'forgotten' AS why,
    $left_at AS left_at,
    $command_id AS run_id
FROM forgotten
ORDER BY document_id;
