-- grain: one row per source: the share of its landed articles that have each field
-- reads: measures
WITH shares AS (
    SELECT source, metric, sum(value * sample_count) / nullif(sum(sample_count), 0) AS share
    FROM measures
    WHERE metric IN ('titled', 'dated', 'bylined', 'addressed', 'sectioned', 'captioned',
        'datelined', 'quoted', 'mentioned')
    GROUP BY source, metric
),
sizes AS (
    SELECT source, CAST(sum(value) AS BIGINT) AS articles
    FROM measures
    WHERE metric = 'articles'
    GROUP BY source
)
SELECT
    source,
    any_value(articles) AS articles,
    any_value(share) FILTER (metric = 'titled') AS title,
    any_value(share) FILTER (metric = 'dated') AS date,
    any_value(share) FILTER (metric = 'bylined') AS authors,
    any_value(share) FILTER (metric = 'addressed') AS address,
    any_value(share) FILTER (metric = 'sectioned') AS section,
    any_value(share) FILTER (metric = 'captioned') AS captions,
    any_value(share) FILTER (metric = 'datelined') AS dateline,
    any_value(share) FILTER (metric = 'quoted') AS quotations,
    any_value(share) FILTER (metric = 'mentioned') AS mentions
FROM shares JOIN sizes USING (source)
GROUP BY source
ORDER BY articles DESC, source
LIMIT 50;
