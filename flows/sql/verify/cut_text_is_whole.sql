-- law: the text of a cut block is as long as the stretch of the record that it stands for
-- grain: one row per cut block whose text is missing or shorter or longer
SELECT article_id, version, ordinal, raw_start, raw_end, length(text) AS text_chars
FROM blocks
WHERE body_start IS NULL AND length(text) IS DISTINCT FROM raw_end - raw_start;
