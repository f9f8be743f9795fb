-- grain: one row per day, month or year of publication (days up to two months, years over
--        ten years); gaps are rows of zero articles; the newest 120 periods
-- reads: latest_articles
WITH dated AS (SELECT published_at AT TIME ZONE 'UTC' AS published FROM latest_articles),
span AS (
    SELECT
        min(published) AS first,
        max(published) AS last,
        CASE
            WHEN date_diff('day', first, last) < 62 THEN 'day'
            WHEN date_diff('month', first, last) < 120 THEN 'month'
            ELSE 'year'
        END AS unit
    FROM dated
),
periods AS (
    SELECT
        unit,
        unnest(generate_series(
            date_trunc(unit, first)::TIMESTAMP,
            date_trunc(unit, last)::TIMESTAMP,
            to_years((unit = 'year')::INTEGER)
            + to_months((unit = 'month')::INTEGER)
            + to_days((unit = 'day')::INTEGER)
        ))::DATE AS period
    FROM span
),
counted AS (
    SELECT date_trunc(unit, published)::DATE AS period, count(*) AS articles
    FROM dated, span
    WHERE published IS NOT NULL
    GROUP BY ALL
)
SELECT unit, period, coalesce(articles, 0) AS articles
FROM periods LEFT JOIN counted USING (period)
QUALIFY row_number() OVER (ORDER BY period DESC) <= 120
ORDER BY period;
