-- grain: one row per word of some of the pending articles; words of the title count three times
-- reads: articles, search_pending; parameters: first, last
INSERT INTO postings BY NAME
WITH texts AS (
    SELECT
        article_no,
        words_of(title) AS title_words,
        words_of(concat_ws(' ', subtitle, body)) AS text_words
    FROM articles
    JOIN search_pending USING (article_id, version)
    WHERE place BETWEEN $first AND $last
),
counted AS (
    SELECT
        article_no,
        unnest(map_entries(list_histogram(list_concat(
            title_words, title_words, title_words, text_words)))) AS entry
    FROM texts
)
SELECT entry.key AS word, article_no, CAST(entry.value AS INTEGER) AS occurrence_count
FROM counted
ORDER BY word, article_no;
