-- grain: one row per source and role: characters of the records that became articles
-- reads: blocks, documents
SELECT source, role, sum(raw_end - raw_start) AS chars, count(*) AS blocks
FROM blocks JOIN documents USING (document_id)
GROUP BY source, role
ORDER BY source, chars DESC, role;
