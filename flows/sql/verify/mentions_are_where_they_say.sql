-- law: the named field of an article reads, from start to end, the surface of the mention
-- grain: one row per mention whose place holds other words
SELECT article_id, version, field, start, "end", surface, found
FROM (
    SELECT
        mention.*,
        CASE mention.field
            WHEN 'title' THEN article.title
            WHEN 'subtitle' THEN article.subtitle
            WHEN 'body' THEN article.body
        END[mention.start + 1:mention."end"] AS found
    FROM mentions AS mention
    JOIN articles AS article USING (article_id, version)
)
WHERE found IS DISTINCT FROM surface;
