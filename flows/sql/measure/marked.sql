-- grain: one row per article version of the batches that are measured: what is odd about its
--        text, and which fields it has
-- reads: measured_articles, usual; parameters: patterns and stub_words of config/checks.toml
CREATE OR REPLACE TEMP TABLE marked AS
SELECT
    article.source,
    article.run_id,
    article.measured_on,
    article.document_id,
    word_count,
    paragraph_count,
    -- the widgets of a page stand above and below its story
    regexp_matches(left(body, 600) || chr(10) || right(body, 1500), $widget_text) AS widget_text,
    regexp_matches(concat_ws(chr(10), title, body), $mojibake) AS mojibake,
    word_count > 0 AND regexp_matches(right(rtrim(body), 80), $cut_short) AS cut_short,
    word_count <= $stub_words AND regexp_matches(body, $paywall_stub) AS paywall_stub,
    coalesce(length(title) > 3 AND starts_with(lower(ltrim(body)), lower(title) || chr(10)), false)
        AS title_repeated,
    coalesce(published_at > article.seen_at + INTERVAL 2 DAY, false) AS future_date,
    coalesce(epoch(published_at) / 86400 < usual.earliest_day, false) AS early_date,
    len(authors) > 0 AND len(list_filter(authors,
        lambda name: regexp_matches(name, $odd_byline) OR name NOT LIKE '% %' OR length(name) > 60)
    ) > 0 AS odd_byline,
    coalesce(article.language <> usual.language AND language_confidence >= 0.6, false)
        AS other_language,
    word_count = 0 AS empty_body,
    title IS NOT NULL AS titled,
    published_at IS NOT NULL AS dated,
    len(authors) > 0 AS bylined,
    url IS NOT NULL AS addressed,
    section IS NOT NULL AS sectioned,
    len(captions) > 0 AS captioned,
    dateline_place IS NOT NULL AS datelined,
    quote_count > 0 AS quoted,
    mention_count > 0 AS mentioned
FROM measured_articles AS article
LEFT JOIN usual ON usual.source = article.source;
