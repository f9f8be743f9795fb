-- grain: one row per statement that several articles quote, with where it appeared first
-- reads: statements, quotes, articles
CREATE OR REPLACE VIEW travelling_quotes AS
SELECT
    said.statement_id,
    first(quote.text ORDER BY said.is_first DESC, said.article_id, said.start) AS words,
    mode(quote.speaker_name ORDER BY quote.speaker_name) AS speaker,
    first(article.site ORDER BY said.is_first DESC, said.article_id, said.start) AS first_site,
    first(said.article_id ORDER BY said.is_first DESC, said.article_id) AS first_article_id,
    min(article.published_at) AS first_published_at,
    count(DISTINCT said.article_id) AS article_count,
    count(DISTINCT article.site) AS site_count,
    count(*) FILTER (NOT said.is_verbatim) AS variant_count,
    bool_or(said.is_conflict) AS has_conflict
FROM statements AS said
JOIN quotes AS quote USING (article_id, version, start)
JOIN latest_articles AS article USING (article_id, version)
WHERE quote.kind <> 'indirect' AND quote.field = 'body'
GROUP BY said.statement_id;
