-- law: an article's counts are those of its body, its mentions and its quotations in marks
-- grain: one row per article version with a count that is not
WITH quoted AS (
    SELECT article_id, version, count(*) AS rows
    FROM quotes
    WHERE kind <> 'indirect' AND field = 'body' AND NOT coalesce(is_repeat, false)
    GROUP BY ALL
),
named AS (SELECT article_id, version, count(*) AS rows FROM mentions GROUP BY ALL)
SELECT
    article_id,
    version,
    char_count,
    length(body) AS body_chars,
    quote_count,
    coalesce(quoted.rows, 0) AS quotes,
    mention_count,
    coalesce(named.rows, 0) AS mentions
FROM articles
LEFT JOIN quoted USING (article_id, version)
LEFT JOIN named USING (article_id, version)
WHERE char_count <> body_chars OR quote_count <> quotes OR mention_count <> mentions;
