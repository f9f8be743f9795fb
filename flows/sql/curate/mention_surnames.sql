-- flows/sql/curate/mention_surnames.sql
-- grain: one row per surname that means one person in nearly all of the corpus: of all articles
--        that print a full name ending so, at least $least_share print this one
-- reads: mentions; parameters: least_sightings, least_share
CREATE OR REPLACE TEMP TABLE wanted_surnames AS
WITH persons AS (
    SELECT
        lower(regexp_extract(entity_name, '\S+$')) AS surname,
        entity_id,
        min(entity_name) AS entity_name,
        count(DISTINCT article_id) AS articles
    FROM mentions
    WHERE label = 'PERSON' AND link_method NOT IN ('corpus_surname', 'role')
        AND contains(entity_name, ' ')
    GROUP BY surname, entity_id
),
shares AS (
    SELECT
        *,
        sum(articles) OVER (PARTITION BY surname) AS sightings,
        articles / sum(articles) OVER (PARTITION BY surname) AS share
    FROM persons
)
SELECT surname, entity_id, entity_name, CAST(sightings AS BIGINT) AS sighting_count, share
FROM shares
WHERE sightings >= $least_sightings AND share >= $least_share;
