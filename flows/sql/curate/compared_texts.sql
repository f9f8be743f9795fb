-- grain: one row per text that is to be compared, with title and body of one article that has it
-- reads: candidate_pairs, fingerprints, articles
CREATE OR REPLACE TEMP TABLE compared_texts AS
WITH wanted AS (
    SELECT text_a AS text_id FROM candidate_pairs
    UNION
    SELECT text_b FROM candidate_pairs
),
holders AS (
    SELECT text_id, min(document_id) AS document_id
    FROM fingerprints
    SEMI JOIN wanted USING (text_id)
    GROUP BY text_id
)
SELECT holders.text_id, articles.title, articles.body
FROM articles
JOIN holders USING (document_id);
