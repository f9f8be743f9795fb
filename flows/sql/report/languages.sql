-- grain: one row per language, null where none was found
-- reads: latest_articles
SELECT language AS name, count(*) AS articles, sum(word_count) AS words
FROM latest_articles
GROUP BY language
ORDER BY articles DESC, name
LIMIT 20;
