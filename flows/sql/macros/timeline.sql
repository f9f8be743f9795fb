-- grain: one row per day, week, month or year from the first to the last that names them
-- reads: mentions, entities, articles
CREATE OR REPLACE MACRO timeline(asked, unit) AS TABLE
WITH counted AS (
    SELECT
        CAST(date_trunc(unit, article.published_at) AS DATE) AS begins_on,
        count(DISTINCT mention.article_id) AS article_count,
        count(*) AS mention_count
    FROM mentions AS mention
    JOIN latest_articles AS article USING (article_id, version)
    WHERE mention.entity_id IN (FROM entities_named(asked)) AND article.published_at IS NOT NULL
    GROUP BY begins_on
),
periods AS (
    SELECT DISTINCT CAST(date_trunc(unit, day) AS DATE) AS begins_on
    FROM (
        SELECT unnest(generate_series(min(begins_on), max(begins_on), INTERVAL 1 DAY)) AS day
        FROM counted
    ) AS days
)
SELECT
    begins_on,
    coalesce(article_count, 0) AS article_count,
    coalesce(mention_count, 0) AS mention_count
FROM periods
LEFT JOIN counted USING (begins_on)
ORDER BY begins_on;
