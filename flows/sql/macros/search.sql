-- grain: one row per article that has one of the words, best first, at most `most` of them.
--        BM25 (Robertson and Zaragoza 2009) with k1 = 1.2 and b = 0.75, the customary values.
--        Articles of batches that the index has not taken in are read from beginning to end
-- reads: postings, indexed_articles, articles, curations
CREATE OR REPLACE MACRO search(words, most := 20) AS TABLE
WITH asked AS (
    SELECT DISTINCT unnest(words_of(words)) AS word
),
unindexed AS (
    SELECT DISTINCT run_id FROM articles
    EXCEPT
    SELECT batch_run_id FROM curations WHERE curator = 'search'
),
scanned AS (
    SELECT
        -row_number() OVER () AS article_no,
        article_id,
        version,
        words_of(title) AS title_words,
        words_of(concat_ws(' ', subtitle, body)) AS text_words
    FROM latest_articles
    WHERE run_id IN (FROM unindexed)
),
texts AS (
    SELECT article_no, article_id, version, word_count FROM indexed_articles
    UNION ALL
    SELECT
        article_no,
        article_id,
        version,
        coalesce(len(title_words), 0) + len(text_words)
    FROM scanned
),
hits AS (
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
weighed AS (
    SELECT word, count(*) AS article_count FROM hits GROUP BY word
),
corpus AS (
    SELECT count(*) AS article_count, avg(word_count) AS word_count FROM texts
),
scored AS (
    SELECT
        texts.article_id,
        texts.version,
        sum(
            ln(1 + (corpus.article_count - weighed.article_count + 0.5)
                / (weighed.article_count + 0.5))
            * occurrence_count * 2.2
            / (occurrence_count + 1.2 * (0.25 + 0.75 * texts.word_count / corpus.word_count))
        ) AS score
    FROM hits
    JOIN weighed USING (word)
    JOIN texts USING (article_no)
    CROSS JOIN corpus
    GROUP BY texts.article_id, texts.version
    QUALIFY row_number() OVER (PARTITION BY texts.article_id ORDER BY texts.version DESC) = 1
),
best AS (
    SELECT * FROM scored ORDER BY score DESC, article_id LIMIT most
)
SELECT
    round(score, 3) AS score,
    title,
    site,
    published_at,
    article_id,
    version
FROM best
JOIN (SELECT article_id, version, title, site, published_at FROM articles) AS article
    USING (article_id, version)
ORDER BY best.score DESC, article_id;
