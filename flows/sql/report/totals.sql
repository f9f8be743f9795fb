-- grain: one row, the whole lake; articles count once, by their newest version
-- reads: latest_articles, documents, articles, quotes, mentions, duplicates
SELECT
    (SELECT count(*) FROM documents) AS documents,
    (SELECT count(*) FROM documents WHERE status = 'rejected') AS rejected,
    (SELECT count(*) FROM articles) AS versions,
    (SELECT count(*) FROM quotes
        WHERE kind <> 'indirect' AND field = 'body' AND is_repeat IS NOT TRUE) AS quotes,
    (SELECT count(*) FROM mentions) AS mentions,
    count(*) AS articles,
    count(*) - (
        SELECT count(*) FROM duplicates JOIN latest_articles USING (article_id, version)
        WHERE duplicates.kind <> 'template' AND canonical_article_id <> article_id
    ) AS canonical,
    coalesce(sum(word_count), 0) AS words,
    count(DISTINCT site) AS sites,
    min(published_at) AS first_published_at,
    max(published_at) AS last_published_at
FROM latest_articles;
