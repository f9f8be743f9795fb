-- grain: one row per article that has one of the words, best first, at most `most` of them.
--        BM25 (Robertson and Zaragoza 2009) with k1 = 1.2 and b = 0.75, the customary values.
--        Articles of batches that the index has not taken in are read from beginning to end.
--        Every mention of a table costs milliseconds, so that each is named as seldom as can be
-- reads: postings, indexed_articles, articles, curations
CREATE OR REPLACE MACRO search(words, most := 20) AS TABLE
WITH asked AS (
    SELECT DISTINCT unnest(words_of(words)) AS word
),
-- By their keys first: where nothing is unread DuckDB then reads no body at all.
unread AS MATERIALIZED (
    SELECT article_id, version
    FROM articles
    ANTI JOIN (SELECT batch_run_id FROM curations WHERE curator = 'search') AS taken_in
        ON taken_in.batch_run_id = articles.run_id
    QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY version DESC) = 1
),
scanned AS MATERIALIZED (
    SELECT
        -row_number() OVER () AS article_no,
        article_id,
        version,
        title,
        site,
        published_at,
        words_of(title) AS title_words,
        words_of(concat_ws(' ', subtitle, body)) AS text_words
    FROM articles
    JOIN unread USING (article_id, version)
),
superseded AS (
    SELECT article_no FROM indexed_articles JOIN unread USING (article_id)
),
texts AS MATERIALIZED (
    SELECT article_no, word_count FROM indexed_articles ANTI JOIN superseded USING (article_no)
    UNION ALL
    SELECT article_no, coalesce(len(title_words), 0) + len(text_words) FROM scanned
),
hits AS MATERIALIZED (
    SELECT word, article_no, occurrence_count FROM postings WHERE word IN (FROM asked)
    UNION ALL
    SELECT *
    FROM (
        SELECT
            word,
            article_no,
            3 * coalesce(len(list_filter(title_words, lambda one: one = word)), 0)
                + len(list_filter(text_words, lambda one: one = word)) AS occurrence_count
        FROM scanned, asked
    ) AS found
    WHERE occurrence_count > 0
),
corpus AS (
    SELECT count(*) AS article_count, avg(word_count) AS word_count FROM texts
),
weights AS (
    SELECT
        word,
        ln(1 + (any_value(corpus.article_count) - count(*) + 0.5e0) / (count(*) + 0.5e0)) * 2.2e0
            AS weight,
        any_value(corpus.word_count) AS mean_words
    FROM hits
    CROSS JOIN corpus
    GROUP BY word
),
best AS (
    SELECT
        article_no,
        sum(weight * occurrence_count
            / (occurrence_count + 0.3e0 + 0.9e0 * texts.word_count / mean_words)) AS score
    FROM hits
    JOIN texts USING (article_no)
    JOIN weights USING (word)
    GROUP BY article_no
    ORDER BY score DESC, article_no
    LIMIT most
)
SELECT round(score, 3) AS score, title, site, published_at, article_id, version
FROM best
JOIN (
    SELECT article_no, title, site, published_at, article_id, version FROM indexed_articles
    UNION ALL
    SELECT article_no, title, site, published_at, article_id, version FROM scanned
) AS article USING (article_no)
ORDER BY best.score DESC, article_id;
