-- grain: one row per id of which nothing is to be landed: documents that the lake holds and
--        that are not wanted, and what was forgotten, documents and articles
-- reads: documents, departures, wanted
SELECT document_id AS id FROM documents ANTI JOIN wanted USING (document_id)
UNION
SELECT document_id FROM departures WHERE why = 'forgotten'
UNION
SELECT article_id FROM departures WHERE why = 'forgotten' AND article_id IS NOT NULL
ORDER BY id;
