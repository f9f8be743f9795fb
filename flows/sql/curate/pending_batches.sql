-- grain: one row per run whose articles the curator has not taken in by these rules
-- reads: fingerprints, curations; parameters: curator, rules
CREATE OR REPLACE TEMP TABLE pending_batches AS
SELECT DISTINCT fingerprints.run_id
FROM fingerprints
ANTI JOIN curations
    ON curations.batch_run_id = fingerprints.run_id
    AND curations.curator = $curator
    AND curations.rules = $rules;
