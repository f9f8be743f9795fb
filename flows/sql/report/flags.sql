-- grain: one row per quality flag
-- reads: latest_articles
WITH flagged AS (SELECT unnest(quality_flags) AS name, word_count FROM latest_articles)
SELECT name, count(*) AS articles, sum(word_count) AS words
FROM flagged
GROUP BY name
ORDER BY articles DESC, name
LIMIT 20;
