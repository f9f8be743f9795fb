-- grain: one row per language, null where none was found
-- reads: articles
WITH latest AS (
    SELECT * FROM articles
    QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY version DESC) = 1
)
SELECT language AS name, count(*) AS articles, sum(word_count) AS words
FROM latest
GROUP BY language
ORDER BY articles DESC, name
LIMIT 20;
