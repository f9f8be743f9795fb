-- grain: one row per declared source
-- reads: runs, receipts, declared (name, path); parameters: now
-- A run over all sources counts for those whose path it names.
WITH mine AS (
    SELECT declared.name, runs.*
    FROM declared
    JOIN runs ON runs.source = declared.name
        OR (runs.source IS NULL AND list_contains(runs.paths, declared.path))
    WHERE runs.status <> 'running'
),
ended AS (
    SELECT
        name,
        max(ended_at) FILTER (status IN ('succeeded', 'released')) AS last_success_at,
        max(started_at) FILTER (status IN ('succeeded', 'released')) AS served_since,
        max_by(status, run_id) AS last_status,
        max_by(run_id, run_id) AS last_run_id,
        max_by(error, run_id) AS last_error,
        min(started_at) AS first_run_at
    FROM mine
    GROUP BY name
),
brought AS (
    SELECT
        receipts.source AS name,
        max(runs.started_at) AS last_news_at,
        sum(receipts.records_read - receipts.records_known)
            FILTER (runs.started_at > $now - INTERVAL 7 DAY) AS week_records
    FROM receipts
    JOIN runs USING (run_id)
    WHERE receipts.records_read > receipts.records_known
    GROUP BY receipts.source
)
SELECT
    declared.name,
    ended.last_success_at,
    ended.served_since,
    ended.last_status,
    ended.last_run_id,
    ended.last_error,
    ended.first_run_at,
    brought.last_news_at,
    coalesce(brought.week_records, 0)::BIGINT AS week_records
FROM declared
LEFT JOIN ended USING (name)
LEFT JOIN brought USING (name)
ORDER BY declared.name;
