-- grain: one row per staged document; of several copies, the first place, whichever shard was
--        faster
-- reads: staged_documents
CREATE OR REPLACE TEMP VIEW first_places AS
SELECT *
FROM staged_documents
QUALIFY row_number() OVER (
    PARTITION BY document_id
    ORDER BY uri, member NULLS FIRST, record_ordinal, staged_in) = 1;
