-- grain: one row per kind of article
-- reads: latest_articles
SELECT kind AS name, count(*) AS articles, sum(word_count) AS words
FROM latest_articles
GROUP BY kind
ORDER BY articles DESC, name;
