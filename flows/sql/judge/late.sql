-- grain: one row per source that is not in the judged batch: how long it has been silent
-- reads: past_measures, current_measures, asked; parameters: late_gaps, least_late_days, least_days
INSERT INTO judged
WITH arrivals AS (
    SELECT DISTINCT source, measured_on FROM past_measures WHERE metric = 'articles'
),
gaps AS (
    SELECT
        *,
        date_diff('day', lag(measured_on) OVER (PARTITION BY source ORDER BY measured_on),
            measured_on) AS gap
    FROM arrivals
),
rhythms AS (
    SELECT
        source,
        max(measured_on) AS last_on,
        count(*) AS days,
        quantile_cont(gap, 0.9) AS usual_gap
    FROM gaps
    GROUP BY source
),
today AS (SELECT max(measured_on) AS today FROM current_measures),
silent AS (
    SELECT rhythms.*, date_diff('day', last_on, today) AS gap
    FROM rhythms, today
    WHERE source NOT IN (SELECT source FROM current_measures)
)
SELECT
    source,
    metric,
    'late',
    gap,
    usual_gap,
    days,
    days,
    CASE
        WHEN days < $least_days THEN 'unjudged'
        WHEN gap > greatest($least_late_days, $late_gaps * usual_gap) THEN 'warn'
        ELSE 'passed'
    END,
    format('{}: silent for {} days, usually at most {:.0f}', source, gap, usual_gap)
FROM silent, asked
WHERE metric = 'silence';
