-- grain: one row per article version with a touched text
-- reads: fingerprints, articles, touched_texts
SELECT
    fingerprints.article_id,
    fingerprints.version,
    fingerprints.document_id,
    fingerprints.text_id,
    fingerprints.shingle_count,
    articles.site,
    articles.published_at,
    articles.dateline_agency
FROM fingerprints
JOIN articles USING (document_id)
SEMI JOIN touched_texts USING (text_id);
