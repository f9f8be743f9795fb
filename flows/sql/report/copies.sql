-- grain: one row per kind of copy among the newest versions
-- reads: latest_articles, duplicates
SELECT duplicates.kind AS name, count(*) AS articles, sum(word_count) AS words
FROM duplicates JOIN latest_articles USING (article_id, version)
WHERE canonical_article_id <> article_id
GROUP BY duplicates.kind
ORDER BY articles DESC, name;
