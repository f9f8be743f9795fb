-- grain: one row per place where the body of a latest version has the phrase as whole words,
--        whatever its case; `start` counts code points from 0
-- reads: articles
CREATE OR REPLACE MACRO kwic(asked, width := 40) AS TABLE
WITH holding AS (
    SELECT
        article_id,
        version,
        title,
        site,
        published_at,
        body,
        string_split_regex(body, '(?i)' || regexp_escape(asked)) AS pieces,
        regexp_extract_all(body, '(?i)' || regexp_escape(asked)) AS printed
    FROM latest_articles
    WHERE contains(lower(body), lower(asked)) AND asked <> ''
),
placed AS (
    SELECT
        * EXCLUDE (pieces, printed),
        unnest(printed) AS phrase,
        unnest(list_transform(printed, lambda one, place:
            list_sum(list_transform(pieces[:place], lambda piece: length(piece)))
            + coalesce(list_sum(list_transform(printed[:place - 1], lambda piece: length(piece))), 0)
        )) AS start
    FROM holding
)
SELECT
    CAST(right(body[greatest(1, start - width + 1):start], width) AS VARCHAR) AS before,
    phrase,
    body[start + length(phrase) + 1:start + length(phrase) + width] AS after,
    title,
    site,
    published_at,
    article_id,
    version,
    CAST(start AS INTEGER) AS start
FROM placed
WHERE NOT regexp_matches(
        CASE WHEN start > 0 THEN body[start:start] ELSE '' END || phrase[1], '^[\p{L}\p{N}]{2}')
    AND NOT regexp_matches(
        phrase[-1] || body[start + length(phrase) + 1:start + length(phrase) + 1],
        '^[\p{L}\p{N}]{2}')
ORDER BY published_at NULLS LAST, article_id, start;
