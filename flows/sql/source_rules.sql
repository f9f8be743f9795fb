-- grain: one row per rule, first those that a model needs most
-- reads: source_rules; parameters: source, state (each null for all)
CREATE OR REPLACE TEMP TABLE listed_rules AS
SELECT
    substr(rule_id, 1, 10) AS id,
    state,
    decided_by AS by,
    source,
    site,
    article_count AS articles,
    round(article_count / site_article_count, 3) AS share,
    kept_count AS kept,
    body_probability AS probability,
    role,
    line
FROM source_rules
WHERE source = coalesce($source, source) AND state = coalesce($state, state)
ORDER BY source, site, state, kept_count DESC, article_count DESC, line;
