-- grain: one row per source and metric of the batch that is judged: what was found, what was to
--        be expected, and the verdict
-- reads: compared, baselines, asked (metric, kind, least, first_look, stop, what), known_breaks;
--        parameters: least_sample, least_days, deviations
CREATE OR REPLACE TEMP TABLE judged AS
WITH current AS (
    SELECT
        compared.*,
        asked.* EXCLUDE (metric, kind),
        CAST(round(value * sample_count) AS BIGINT) AS hits,
        coalesce(days, 0) AS days,
        coalesce(days, 0) >= $least_days AS has_history,
        centre,
        pooled,
        -- before a weekday has a centre of its own, it may be as no day has been
        CASE WHEN has_weekday THEN centre ELSE least(centre, lowest) END AS low,
        CASE WHEN has_weekday THEN centre ELSE greatest(centre, highest) END AS high,
        -- the batch's own sampling error adds to the source's spread
        sqrt(power(coalesce(spread, 0), 2) + CASE compared.kind
            WHEN 'fault' THEN pooled * (1 - pooled) / greatest(sample_count, 1)
            WHEN 'coverage' THEN
                greatest(pooled * (1 - pooled), 0.01) / greatest(sample_count, 1)
            WHEN 'volume' THEN 1 / exp(coalesce(centre, 0))
            WHEN 'level' THEN 0.25 / greatest(sample_count, 1)
            ELSE 0
        END) * $deviations AS band,
        greatest(pooled, baselines.high) AS tolerated,
        greatest(1 - least(centre, pooled), 1e-6) * sample_count AS missing,
        runs_a_day,
        known_breaks.source IS NOT NULL AS is_known
    FROM compared
    JOIN asked USING (metric)
    LEFT JOIN baselines USING (source, metric, weekday)
    LEFT JOIN known_breaks USING (source, metric)
    WHERE compared.is_current
),
measured AS (
    SELECT
        *,
        has_history AND CASE kind
            WHEN 'fault' THEN
                value >= least
                AND value > centre + band
                -- so many by chance, were they as frequent as on the worst of ten days
                AND 1 - list_sum(list_transform(
                    range(greatest(hits, 1)),
                    lambda i: exp(
                        i * ln(tolerated * sample_count) - tolerated * sample_count - lgamma(i + 1))
                )) < 1e-5
            WHEN 'coverage' THEN
                low - x > greatest(band, least)
                -- few lack it as a rule: so many by chance, of a batch of this size?
                AND (missing > 5 OR 1 - list_sum(list_transform(
                    range(greatest(sample_count - hits, 1)),
                    lambda i: exp(i * ln(missing) - missing - lgamma(i + 1))
                )) < 1e-4)
            WHEN 'mix' THEN x > greatest(centre + band, least)
            WHEN 'level' THEN greatest(low - x, x - high) > greatest(band, ln(least))
            WHEN 'volume' THEN
                greatest(low - x, x - high) > greatest(band, ln(least))
                AND (x > centre OR sample_count >= runs_a_day)
                AND exp(centre) >= 10
        END AS is_unlike,
        -- a first batch may have so many by chance: the lower end of what it shows must be too much
        kind = 'fault' AND NOT has_history
            AND (hits - 2 * sqrt(hits)) / greatest(sample_count, 1) >= first_look AS is_frequent,
        coalesce(CASE kind
            WHEN 'fault' THEN has_history AND value >= stop AND tolerated < stop / 2
            WHEN 'coverage' THEN has_history AND centre >= 0.5 AND x <= centre * stop
            WHEN 'mix' THEN has_history AND x >= stop
            WHEN 'level' THEN has_history AND x < centre - ln(stop)
        END, false) AS is_past_stop
    FROM current
)
SELECT
    source,
    metric,
    kind,
    value,
    CASE WHEN kind IN ('level', 'volume') THEN exp(centre) WHEN kind = 'fault' THEN pooled ELSE centre END
        AS usual,
    sample_count,
    days,
    CASE
        WHEN kind <> 'volume' AND sample_count < $least_sample THEN 'unjudged'
        WHEN is_known AND NOT has_history THEN 'acknowledged'
        WHEN kind <> 'fault' AND NOT has_history THEN 'unjudged'
        WHEN kind = 'fault' AND hits < 3 THEN 'passed'
        WHEN is_past_stop AND (is_unlike OR is_frequent) THEN 'stop'
        WHEN is_unlike OR is_frequent THEN 'warn'
        ELSE 'passed'
    END AS verdict,
    source || ': ' || CASE
        WHEN kind = 'volume' THEN format('{:.0f} {}', value, what)
        WHEN kind = 'level' THEN format('{:.0f} {}', value, what)
        WHEN kind = 'mix' THEN format('{:.0f}% {}', value * 100, what)
        ELSE format('{:.1f}% of {} {}', value * 100, sample_count, what)
    END || CASE
        WHEN NOT has_history AND kind = 'fault' THEN ', more than a sound source has'
        WHEN NOT has_history THEN format(', {} of {} batches to compare with', days, $least_days)
        WHEN kind IN ('level', 'volume') THEN format(', usually {:.0f}', exp(centre))
        WHEN kind = 'mix' THEN format(', usually {:.0f}%', centre * 100)
        WHEN kind = 'fault' THEN format(', usually {:.1f}%', pooled * 100)
        ELSE format(', usually {:.1f}%', centre * 100)
    END AS said
FROM measured;
