-- grain: one row per stage of the newest run that landed shards: rows and seconds, all shards
-- reads: receipts
SELECT part.stage, sum(part.rows_in) AS rows_in, sum(part.rows_out) AS rows_out,
    sum(part.seconds) AS seconds
FROM (
    SELECT unnest(stages) AS part FROM receipts
    WHERE run_id = (SELECT max(run_id) FROM receipts)
)
GROUP BY part.stage
ORDER BY seconds DESC, part.stage;
