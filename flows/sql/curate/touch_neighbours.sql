-- grain: one row per text that is paired with a touched one and not touched yet
-- reads: touched_texts, text_pairs
INSERT INTO touched_texts
SELECT text_a FROM text_pairs SEMI JOIN touched_texts ON touched_texts.text_id = text_b
UNION
SELECT text_b FROM text_pairs SEMI JOIN touched_texts ON touched_texts.text_id = text_a
EXCEPT
SELECT text_id FROM touched_texts;
