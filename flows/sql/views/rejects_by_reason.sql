-- grain: one row per stage and reason with open rejects
-- reads: rejects
CREATE OR REPLACE VIEW rejects_by_reason AS
SELECT
    stage,
    reason,
    count(*) AS record_count,
    min(uri) AS first_uri,
    max(rejected_at) AS last_rejected_at
FROM rejects
WHERE state = 'open'
GROUP BY stage, reason;
