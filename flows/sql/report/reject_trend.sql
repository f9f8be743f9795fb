-- grain: one row per day and reason: records rejected on the newest 90 days that had rejects
-- reads: rejects
WITH days AS (
    SELECT DISTINCT CAST(rejected_at AS DATE) AS day FROM rejects ORDER BY day DESC LIMIT 90
)
SELECT CAST(rejected_at AS DATE) AS day, reason, count(*) AS records
FROM rejects
WHERE CAST(rejected_at AS DATE) IN (FROM days)
GROUP BY ALL
ORDER BY day, reason;
