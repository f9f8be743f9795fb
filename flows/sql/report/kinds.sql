-- grain: one row per kind of article
-- reads: articles
WITH latest AS (
    SELECT * FROM articles
    QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY version DESC) = 1
)
SELECT kind AS name, count(*) AS articles, sum(word_count) AS words
FROM latest
GROUP BY kind
ORDER BY articles DESC, name;
