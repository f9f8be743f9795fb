-- law: every article version is made from a landed document, and every landed document is one
-- grain: one row per article without its document, or landed document without its article
SELECT article_id, version, document_id, document.status
FROM articles
FULL JOIN (SELECT document_id, status FROM documents WHERE status = 'landed') AS document
    USING (document_id)
WHERE article_id IS NULL OR document.status IS NULL;
