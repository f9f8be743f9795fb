-- grain: one row per document of the articles, or rejected document, whose id begins so
-- reads: documents, articles; parameter: id
CREATE OR REPLACE TEMP TABLE forgotten AS
WITH found AS (
    SELECT article_id FROM articles
    WHERE starts_with(article_id, $id) OR starts_with(document_id, $id)
)
SELECT document.document_id, article.article_id, document.run_id, document.status
FROM documents AS document
LEFT JOIN articles AS article USING (document_id)
WHERE article.article_id IN (SELECT article_id FROM found)
    OR (article.article_id IS NULL AND starts_with(document.document_id, $id));
