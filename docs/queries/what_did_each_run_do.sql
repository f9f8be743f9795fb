-- What did each run read, and what became of it?
SELECT
    run_id,
    status,
    records_read AS read,
    records_known AS known,
    records_rejected AS rejected,
    records_landed AS landed,
    replaced_count AS replaced,
    copy_count AS copies,
    canonical_count AS canonical
FROM run_funnel
ORDER BY run_id DESC
LIMIT 20;
