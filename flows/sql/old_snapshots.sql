-- grain: one row per snapshot to let go: of a run only the last stays, until `runs_before`;
--        others stay until `others_before`, the newest for ever
-- reads: the catalog; parameters: writer, runs_before, others_before
WITH snapshots AS (
    SELECT
        snapshot_id,
        snapshot_time,
        snapshot_id = max(snapshot_id) OVER () AS is_newest,
        author = 'broadsheet' AND commit_message <> $writer
            AND snapshot_id = max(snapshot_id) OVER (PARTITION BY commit_message) AS is_end_of_run
    FROM ducklake_snapshots('lake')
)
SELECT snapshot_id
FROM snapshots
WHERE NOT is_newest
    AND snapshot_time < CASE WHEN is_end_of_run THEN $runs_before ELSE $others_before END
ORDER BY snapshot_id;
