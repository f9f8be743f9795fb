-- grain: one row per source, metric and landed batch: the 8 largest sources, the newest 90 days
--        on which anything was landed
-- reads: measures
WITH sizes AS (
    SELECT source, sum(value) AS articles FROM measures WHERE metric = 'articles' GROUP BY source
    ORDER BY articles DESC, source LIMIT 8
),
days AS (SELECT DISTINCT measured_on FROM measures ORDER BY measured_on DESC LIMIT 90)
SELECT
    source,
    metric,
    measured_on,
    CASE
        WHEN metric = 'articles' THEN sum(value)
        ELSE sum(value * sample_count) / nullif(sum(sample_count), 0)
    END AS value
FROM measures
SEMI JOIN sizes USING (source)
SEMI JOIN days USING (measured_on)
WHERE metric IN ('articles', 'words', 'rejected', 'copies')
GROUP BY source, metric, measured_on
ORDER BY metric, source, measured_on;
