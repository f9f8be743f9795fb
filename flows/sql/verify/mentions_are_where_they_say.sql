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
            WHEN 'caption' THEN array_to_string(article.captions, chr(10) || chr(10))
        END[mention.start + 1:mention."end"] AS found
    FROM mentions AS mention
    JOIN articles AS article USING (article_id, version)
)
WHERE found IS DISTINCT FROM surface;
