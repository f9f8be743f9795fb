-- grain: one row per source, batch and metric that says what is usual for the source: the share
--        of each language, and the day before which 5 of 100 dated articles were published
-- reads: measured_articles
CREATE OR REPLACE TEMP TABLE profiled AS
WITH languages AS (
    SELECT source, run_id, measured_on, language, count(*) AS articles
    FROM measured_articles
    WHERE language IS NOT NULL
    GROUP BY ALL
)
SELECT
    source,
    run_id,
    measured_on,
    'language:' || language AS metric,
    articles / sum(articles) OVER batch AS value,
    CAST(sum(articles) OVER batch AS BIGINT) AS sample_count
FROM languages
WINDOW batch AS (PARTITION BY source, run_id)
UNION ALL
SELECT
    source,
    run_id,
    measured_on,
    'early_day',
    quantile_cont(epoch(published_at) / 86400, 0.05),
    count(published_at)
FROM measured_articles
GROUP BY source, run_id, measured_on
HAVING count(published_at) > 0;
