-- grain: one row per batch that the curator has now taken in
-- reads: pending_batches; parameters: curator, rules, run_id
INSERT INTO curations BY NAME
SELECT $curator AS curator, run_id AS batch_run_id, $rules AS rules, $run_id AS run_id
FROM pending_batches
ORDER BY batch_run_id;
