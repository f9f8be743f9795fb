-- grain: one row per source, metric and weekday: the source's own centre and spread
-- reads: compared; parameters: least_sample, least_weekdays
CREATE OR REPLACE TEMP TABLE baselines AS
WITH past AS (
    SELECT * FROM compared
    WHERE NOT is_current AND (kind = 'volume' OR sample_count >= $least_sample)
),
centres AS (
    SELECT
        source,
        metric,
        median(x) AS centre,
        count(DISTINCT measured_on) AS days,
        count(*) AS batches,
        min(x) AS lowest,
        max(x) AS highest,
        quantile_cont(value, 0.9) AS high,
        (sum(value * sample_count) + 0.5) / (sum(sample_count) + 1) AS pooled,
        median(sample_count) AS runs_a_day
    FROM past
    GROUP BY source, metric
),
weekdays AS (
    SELECT source, metric, weekday, median(x) AS centre
    FROM past
    GROUP BY source, metric, weekday
    HAVING count(*) >= $least_weekdays
),
spreads AS (
    SELECT
        past.source,
        past.metric,
        -- 1.4826 medians of the absolute residual are a standard deviation of a normal one;
        -- a centre for each weekday takes a degree of freedom each
        1.4826 * median(abs(x - coalesce(weekdays.centre, centres.centre)))
            * sqrt(count(*) / greatest(count(*) - count(DISTINCT weekdays.weekday), 1)) AS spread
    FROM past
    JOIN centres USING (source, metric)
    LEFT JOIN weekdays USING (source, metric, weekday)
    GROUP BY past.source, past.metric
),
every_weekday AS (SELECT unnest(range(1, 8)) AS weekday)
SELECT
    centres.* REPLACE (coalesce(weekdays.centre, centres.centre) AS centre),
    spreads.spread,
    every_weekday.weekday,
    weekdays.centre IS NOT NULL AS has_weekday
FROM centres
CROSS JOIN every_weekday
JOIN spreads USING (source, metric)
LEFT JOIN weekdays
    ON weekdays.source = centres.source
    AND weekdays.metric = centres.metric
    AND weekdays.weekday = every_weekday.weekday;
