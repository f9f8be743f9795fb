-- grain: one row per source: the share of its landed articles with each oddity of the text
-- reads: measures
WITH shares AS (
    SELECT source, metric, sum(value * sample_count) / nullif(sum(sample_count), 0) AS share
    FROM measures
    WHERE metric IN ('widget_text', 'mojibake', 'cut_short', 'paywall_stub', 'title_repeated',
        'future_date', 'early_date', 'odd_byline', 'other_language', 'empty_body', 'copies')
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
    any_value(share) FILTER (metric = 'widget_text') AS widgets,
    any_value(share) FILTER (metric = 'mojibake') AS mojibake,
    any_value(share) FILTER (metric = 'cut_short') AS cut_short,
    any_value(share) FILTER (metric = 'paywall_stub') AS stub,
    any_value(share) FILTER (metric = 'title_repeated') AS title_twice,
    any_value(share) FILTER (metric = 'future_date') AS future,
    any_value(share) FILTER (metric = 'early_date') AS too_early,
    any_value(share) FILTER (metric = 'odd_byline') AS odd_byline,
    any_value(share) FILTER (metric = 'other_language') AS language,
    any_value(share) FILTER (metric = 'empty_body') AS empty,
    any_value(share) FILTER (metric = 'copies') AS copies
FROM shares JOIN sizes USING (source)
GROUP BY source
ORDER BY articles DESC, source
LIMIT 50;
