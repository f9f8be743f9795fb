-- grain: one row per quality flag
-- reads: articles
WITH latest AS (
    SELECT * FROM articles
    QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY version DESC) = 1
),
flagged AS (SELECT unnest(quality_flags) AS name, word_count FROM latest)
SELECT name, count(*) AS articles, sum(word_count) AS words
FROM flagged
GROUP BY name
ORDER BY articles DESC, name
LIMIT 20;
