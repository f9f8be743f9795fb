-- grain: one row per article that enters the index
-- reads: articles, search_pending; parameters: first, last
INSERT INTO indexed_articles BY NAME
SELECT
    article_no,
    article_id,
    version,
    CAST(coalesce(len(words_of(title)), 0) + len(words_of(concat_ws(' ', subtitle, body)))
        AS INTEGER) AS word_count,
    title,
    site,
    published_at,
    run_id
FROM articles
JOIN search_pending USING (article_id, version)
WHERE place BETWEEN $first AND $last
ORDER BY article_no;
