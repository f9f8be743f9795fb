-- grain: one row per run that landed or rejected records which are not measured by these rules
-- reads: documents, articles, runs, curations; parameters: curator, rules
CREATE OR REPLACE TEMP TABLE pending_batches AS
WITH landed AS (
    SELECT run_id, min(first_seen_at) AS first_seen_at FROM documents GROUP BY run_id
)
SELECT
    landed.run_id,
    CAST(timezone('UTC', coalesce(runs.started_at, landed.first_seen_at)) AS DATE) AS measured_on
FROM landed
LEFT JOIN runs USING (run_id)
ANTI JOIN curations
    ON curations.batch_run_id = landed.run_id
    AND curations.curator = $curator
    AND curations.rules = $rules;
