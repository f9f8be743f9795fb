-- grain: one row per document that the lake does not hold; of several copies, the first place
-- reads: staged_documents, documents
CREATE OR REPLACE TEMP TABLE new_documents AS
SELECT staged.*
FROM staged_documents AS staged
ANTI JOIN documents USING (document_id)
QUALIFY row_number() OVER (
    PARTITION BY staged.document_id
    ORDER BY staged.uri, staged.member NULLS FIRST, staged.record_ordinal, staged.staged_in) = 1;
