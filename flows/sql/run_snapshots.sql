-- grain: one row per run whose id begins so and that a snapshot bears the name of: its last one
-- reads: the catalog; parameter: run
SELECT commit_message AS run_id, max(snapshot_id) AS snapshot_id
FROM ducklake_snapshots('lake')
WHERE author = 'broadsheet' AND starts_with(commit_message, $run)
GROUP BY commit_message
ORDER BY run_id;
