-- grain: one row per oddity of an article's text
-- reads: marked, measured_articles, texts_asked (metric, expectation); parameters: patterns of
--        config/checks.toml
SELECT
    marks.run_id,
    'text' AS stage,
    'articles' AS suite,
    texts_asked.expectation,
    marks.metric AS subject,
    to_json(struct_pack(document_id := marks.document_id)) AS row_key,
    marks.source,
    marks.document_id,
    left(CASE metric
        WHEN 'widget_text'
            THEN regexp_extract(left(body, 600) || chr(10) || right(body, 1500), $widget_text)
        WHEN 'mojibake' THEN regexp_extract(concat_ws(chr(10), title, body), '.{0,40}' || $mojibake)
        WHEN 'paywall_stub' THEN regexp_extract(body, $paywall_stub)
        WHEN 'cut_short' THEN right(rtrim(body), 80)
        WHEN 'title_repeated' THEN title
        WHEN 'odd_byline' THEN array_to_string(authors, ', ')
        WHEN 'other_language' THEN article.language
        WHEN 'empty_body' THEN coalesce(title, url)
        ELSE strftime(published_at AT TIME ZONE 'UTC', '%Y-%m-%d')
    END, 200) AS observed
FROM (
    UNPIVOT marked ON
        widget_text, mojibake, cut_short, paywall_stub, title_repeated, future_date, early_date,
        odd_byline, other_language, empty_body
    INTO NAME metric VALUE is_so
) AS marks
JOIN texts_asked USING (metric)
JOIN measured_articles AS article ON article.document_id = marks.document_id
WHERE is_so
