-- grain: a text as it is compared: lower case, without accents, white space squashed
CREATE OR REPLACE MACRO folded(printed) AS
    trim(regexp_replace(strip_accents(lower(printed)), '\s+', ' ', 'g'));
