-- flows/sql/curate/entities_counted.sql
-- grain: one row per entity that the latest versions of articles name
-- reads: mentions, articles
CREATE OR REPLACE TEMP TABLE counted_entities AS
WITH latest AS (
    SELECT article_id, version, published_at
    FROM articles
    QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY version DESC) = 1
),
printed AS (
    SELECT
        entity_id,
        article_id,
        entity_name,
        regexp_replace(surface, '\s+', ' ', 'g') AS surface,
        country_code,
        role,
        published_at
    FROM mentions
    JOIN latest USING (article_id, version)
    WHERE entity_id IS NOT NULL
),
names AS (
    SELECT entity_id, entity_name AS name
    FROM printed
    GROUP BY entity_id, entity_name
    QUALIFY row_number() OVER (
        PARTITION BY entity_id ORDER BY count(*) DESC, entity_name) = 1
),
roles AS (
    SELECT entity_id, role
    FROM printed
    WHERE role IS NOT NULL
    GROUP BY entity_id, role
    QUALIFY row_number() OVER (
        PARTITION BY entity_id ORDER BY count(DISTINCT article_id) DESC, role) = 1
),
counts AS (
    SELECT
        entity_id,
        max(country_code) AS country_code,
        list_sort(list(DISTINCT surface)) AS surfaces,
        count(DISTINCT article_id) AS article_count,
        count(*) AS mention_count,
        min(published_at) AS first_seen_at,
        max(published_at) AS last_seen_at
    FROM printed
    GROUP BY entity_id
)
SELECT
    entity_id,
    name,
    CASE split_part(entity_id, ':', 1)
        WHEN 'per' THEN 'PERSON'
        WHEN 'work' THEN 'WORK_OF_ART'
        ELSE upper(split_part(entity_id, ':', 1))
    END AS label,
    country_code,
    list_filter(surfaces, surface -> surface <> name) AS aliases,
    role,
    article_count,
    mention_count,
    first_seen_at,
    last_seen_at
FROM counts
JOIN names USING (entity_id)
LEFT JOIN roles USING (entity_id);
