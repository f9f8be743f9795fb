-- flows/sql/curate/entity_speakers.sql
-- grain: one row per quotation whose speaker's name means one entity in its article
-- reads: mentions
UPDATE quotes
SET speaker_entity_id = named.entity_id
FROM (
    SELECT document_id, name, min(entity_id) AS entity_id
    FROM (
        SELECT document_id, entity_id, surface AS name FROM mentions
        UNION
        SELECT document_id, entity_id, entity_name FROM mentions
    )
    WHERE entity_id IS NOT NULL
    GROUP BY document_id, name
    HAVING count(DISTINCT entity_id) = 1
) AS named
WHERE quotes.document_id = named.document_id AND quotes.speaker_name = named.name
    AND quotes.speaker_entity_id IS DISTINCT FROM named.entity_id;
