-- grain: one row per label and name of an entity: the 12 most widely named of each of three labels
-- reads: mentions, articles
WITH latest AS (
    SELECT article_id, max(version) AS version FROM articles GROUP BY article_id
),
named AS (
    SELECT
        label,
        coalesce(entity_name, surface) AS surface,
        count(DISTINCT article_id) AS articles,
        count(*) AS mentions
    FROM mentions JOIN latest USING (article_id, version)
    WHERE label IN ('PERSON', 'ORG', 'GPE')
    GROUP BY label, coalesce(entity_name, surface)
)
SELECT *
FROM named
QUALIFY row_number() OVER (
    PARTITION BY label ORDER BY named.articles DESC, named.mentions DESC, surface) <= 12
ORDER BY label, named.articles DESC, named.mentions DESC, surface;
