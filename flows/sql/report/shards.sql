-- grain: one row per shard of the newest run that has receipts: its 10 slowest
-- reads: receipts
SELECT
    shard_id,
    source,
    records_read,
    records_landed,
    records_rejected,
    seconds,
    cpu_seconds,
    records_read / nullif(seconds, 0) AS records_per_second,
    peak_memory_bytes,
    files[1].uri AS first_file,
    len(files) AS file_count,
    list_max(list_transform(stages, lambda part: part.seconds)) AS longest_stage_seconds,
    list_filter(stages, lambda part: part.seconds = longest_stage_seconds)[1].stage AS longest_stage
FROM receipts
WHERE run_id = (SELECT max(run_id) FROM receipts)
ORDER BY seconds DESC, shard_id
LIMIT 10;
