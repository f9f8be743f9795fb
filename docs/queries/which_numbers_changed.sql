-- Which paragraphs were rewritten, and which numbers went or came with it?
SELECT
    article.site,
    article.title,
    change.change,
    change.numbers_removed,
    change.numbers_added,
    change.after
FROM revisions AS change
JOIN articles AS article USING (article_id, version)
ORDER BY len(change.numbers_removed) DESC, change.article_id, change.version, change.ordinal
LIMIT 20;
