-- grain: one row per source: its usual language, and the first day that its dates may name
-- reads: profiled, past_measures (the same of earlier batches); parameter: least_language
CREATE OR REPLACE TEMP TABLE usual AS
WITH known AS (
    SELECT source, metric, value, sample_count FROM profiled
    UNION ALL
    SELECT source, metric, value, sample_count FROM past_measures
    WHERE metric = 'early_day' OR metric LIKE 'language:%'
),
languages AS (
    SELECT source, metric, sum(value * sample_count) AS articles
    FROM known
    WHERE metric <> 'early_day'
    GROUP BY source, metric
)
SELECT
    source,
    CASE
        WHEN max(languages.articles) >= $least_language * sum(languages.articles)
        THEN arg_max(substr(metric, 10), (languages.articles, metric))
    END AS language,  -- none where a source writes in several
    (
        -- an outlet's archive may reach back ten years before what it mostly delivers
        SELECT median(value) - 3653 FROM known
        WHERE known.source = languages.source AND known.metric = 'early_day'
    ) AS earliest_day
FROM languages
GROUP BY source;
