-- grain: the words of a text in their order, as the search index has them
CREATE OR REPLACE MACRO words_of(printed) AS
    regexp_extract_all(strip_accents(lower(printed)), '[\p{L}\p{M}\p{N}]+');
