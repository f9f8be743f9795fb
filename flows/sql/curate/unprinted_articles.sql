-- grain: one row per article version, of some, that a version before fingerprints landed
-- reads: articles, fingerprints; parameter: most
SELECT article_id, version, document_id, title, body, run_id
FROM articles
ANTI JOIN fingerprints USING (document_id)
LIMIT $most;
