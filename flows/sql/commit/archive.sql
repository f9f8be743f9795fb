-- grain: one row per new document whose bytes are to be kept, once
-- reads: staged_archive, new_documents, archive
INSERT INTO archive BY NAME
SELECT staged.* EXCLUDE (staged_in)
FROM staged_archive AS staged
JOIN new_documents
    ON new_documents.document_id = staged.document_id
    AND new_documents.staged_in = staged.staged_in
ANTI JOIN archive ON archive.document_id = staged.document_id
ORDER BY staged.document_id;
