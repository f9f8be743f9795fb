-- grain: a name as it is compared: lower case, without accents
CREATE OR REPLACE MACRO folded(printed) AS strip_accents(lower(printed));
