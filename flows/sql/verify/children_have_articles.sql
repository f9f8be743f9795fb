-- law: every row of {table} belongs to an article version of the same document
-- grain: one row per row without its article
SELECT article_id, version, document_id
FROM {table}
ANTI JOIN articles USING (article_id, version, document_id);
