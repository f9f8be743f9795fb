-- grain: one row per text whose cluster may have changed: of a new or lost pair, or of a pending
--        article that is not the only one with its text
-- reads: new_pairs, lost_pairs, text_pairs, fingerprints, pending_batches
CREATE OR REPLACE TEMP TABLE touched_texts AS
SELECT text_a AS text_id FROM new_pairs
UNION
SELECT text_b FROM new_pairs
UNION
SELECT text_a FROM lost_pairs
UNION
SELECT text_b FROM lost_pairs
UNION
SELECT text_id
FROM fingerprints
SEMI JOIN (
    SELECT text_id FROM fingerprints SEMI JOIN pending_batches USING (run_id)
) AS pending USING (text_id)
GROUP BY text_id
HAVING count(*) > 1
UNION
SELECT text_id
FROM fingerprints
SEMI JOIN pending_batches USING (run_id)
SEMI JOIN (
    SELECT text_a AS text_id FROM text_pairs
    UNION ALL
    SELECT text_b FROM text_pairs
) AS paired USING (text_id);
