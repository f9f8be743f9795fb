-- grain: one row per document that the lake does not hold
-- reads: first_places, documents
CREATE OR REPLACE TEMP TABLE new_documents AS
SELECT *
FROM first_places
ANTI JOIN documents USING (document_id);
