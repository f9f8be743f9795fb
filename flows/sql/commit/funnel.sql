-- grain: one row per kind of file: what became of its records in this batch; a copy of a
--        record that another shard landed counts as known
-- reads: staged_documents, staged_known, staged_rejects, new_documents, new_versions
WITH fates AS (
    SELECT document.kind, 'landed' AS fate
    FROM new_versions
    JOIN new_documents AS document USING (document_id)
    UNION ALL
    SELECT document.kind, 'rejected'
    FROM new_documents AS document
    SEMI JOIN staged_rejects AS reject
        ON reject.document_id = document.document_id AND reject.staged_in = document.staged_in
    UNION ALL
    SELECT staged.kind, 'known'
    FROM staged_documents AS staged
    ANTI JOIN new_documents AS document
        ON document.document_id = staged.document_id AND document.staged_in = staged.staged_in
    UNION ALL
    SELECT kind, 'known' FROM staged_known
)
SELECT
    kind,
    count(*) FILTER (fate = 'landed') AS landed,
    count(*) FILTER (fate = 'rejected') AS rejected,
    count(*) FILTER (fate = 'known') AS known
FROM fates
GROUP BY kind
ORDER BY kind;
