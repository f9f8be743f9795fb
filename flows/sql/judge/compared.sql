-- grain: one row per source, batch and metric that a check is about: past ones, then current
--        ones (is_current); values on the scale on which they are compared
-- reads: past_measures, current_measures, asked (metric, kind), known_breaks (source, metric,
--        since_on); parameter: days
CREATE OR REPLACE TEMP TABLE compared AS
WITH days AS (SELECT source, max(measured_on) AS measured_on FROM current_measures GROUP BY source),
told AS (
    SELECT *, true AS is_current FROM current_measures
    UNION ALL
    SELECT past_measures.*, false
    FROM past_measures JOIN days USING (source)
    WHERE past_measures.measured_on > days.measured_on - CAST($days AS INTEGER)
        AND past_measures.measured_on <= days.measured_on
),
-- what a batch is made of, against what the source's batches usually are made of
usual_roles AS (
    SELECT source, metric, median(value) AS share
    FROM told
    WHERE NOT is_current AND metric LIKE 'role:%'
    GROUP BY source, metric
),
batches AS (
    SELECT source, run_id, measured_on, is_current, max(sample_count) AS sample_count
    FROM told
    WHERE metric LIKE 'role:%'
    GROUP BY ALL
),
roles AS (
    SELECT
        batches.* EXCLUDE (sample_count),
        'block_roles' AS metric,
        -- half the sum of differences: the share of the page that has another role than usual
        sum(abs(coalesce(told.value, 0) - usual_roles.share)) / 2
            + any_value(coalesce(novel.share, 0)) / 2 AS value,
        any_value(batches.sample_count) AS sample_count
    FROM batches
    JOIN usual_roles USING (source)
    LEFT JOIN told USING (source, run_id, is_current, metric)
    LEFT JOIN (
        SELECT source, run_id, is_current, sum(value) AS share
        FROM told ANTI JOIN usual_roles USING (source, metric)
        WHERE metric LIKE 'role:%'
        GROUP BY ALL
    ) AS novel USING (source, run_id, is_current)
    GROUP BY ALL
),
-- a day's volume is that of all its runs
volumes AS (
    SELECT
        source,
        max(run_id) AS run_id,
        measured_on,
        'articles' AS metric,
        sum(value) AS value,
        count(*) AS sample_count,
        bool_or(is_current) AS is_current
    FROM told
    WHERE metric = 'articles'
    GROUP BY source, measured_on
),
-- a first batch has roles and nothing to compare them with
first_roles AS (
    SELECT source, run_id, measured_on, 'block_roles' AS metric, 0.0 AS value, sample_count, true AS is_current
    FROM batches ANTI JOIN usual_roles USING (source)
    WHERE is_current
),
all_values AS (
    SELECT source, run_id, measured_on, metric, value, sample_count, is_current FROM told
    WHERE metric <> 'articles'
    UNION ALL BY NAME
    SELECT source, run_id, measured_on, metric, value, sample_count, is_current FROM roles
    UNION ALL BY NAME
    SELECT * FROM volumes
    UNION ALL BY NAME
    SELECT * FROM first_roles
)
SELECT
    all_values.*,
    kind,
    CASE
        WHEN kind IN ('level', 'volume') THEN ln(greatest(value, 0.5))
        ELSE value
    END AS x,
    isodow(all_values.measured_on) AS weekday
FROM all_values
JOIN asked USING (metric)
LEFT JOIN known_breaks USING (source, metric)
WHERE is_current OR since_on IS NULL OR all_values.measured_on >= since_on;
