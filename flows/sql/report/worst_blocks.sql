-- grain: one row per block of the worst articles: its text, kept or cut
-- reads: blocks, articles; {ids} are those of the worst articles
SELECT
    blocks.document_id,
    blocks.ordinal,
    blocks.role,
    blocks.is_kept,
    blocks.method,
    left(coalesce(
        blocks.text,
        substr(articles.body, blocks.body_start + 1, least(blocks.body_end - blocks.body_start, 240))
    ), 240) AS text,
    blocks.raw_end - blocks.raw_start AS chars
FROM blocks
JOIN articles USING (article_id, version)
WHERE blocks.article_id IN ({ids})
    AND articles.article_id IN ({ids})
    AND blocks.ordinal < 60
ORDER BY blocks.document_id, blocks.ordinal;
