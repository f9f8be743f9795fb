-- grain: one row per kept pair of touched texts
-- reads: text_pairs, touched_texts
SELECT text_a, text_b, jaccard, containment, changed_numbers, is_template
FROM text_pairs
SEMI JOIN touched_texts ON touched_texts.text_id = text_pairs.text_a;
