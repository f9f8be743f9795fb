-- grain: one row per rule of a site that the pending batches touch: on the evidence, or because a
--        person has decided on it
-- reads: source_line_sightings, source_lines, source_rules, articles, documents; parameters:
--        propose_articles, propose_share, accept_articles, accept_share, most_kept_share,
--        most_probability
-- Proposed is what the model rejects on most pages, and, for a person to decide, what stands on
-- so many pages that it can hardly be news. A line from which a field was ever read is no rule.
CREATE OR REPLACE TEMP TABLE source_rules_wanted AS
WITH touched AS (
    SELECT DISTINCT source, site FROM source_line_sightings
),
sites AS (
    SELECT document.source, article.site, count(*) AS site_article_count
    FROM articles AS article
    JOIN documents AS document USING (document_id)
    JOIN touched ON touched.source = document.source
        AND touched.site IS NOT DISTINCT FROM article.site
    WHERE article.version = 1 AND article.body_method <> 'story_of_a_record'
    GROUP BY document.source, article.site
),
counted AS (
    SELECT line.source, line.site, max(line.line) AS line,
        max(site_article_count) AS site_article_count,
        CAST(sum(article_count) AS BIGINT) AS article_count,
        CAST(coalesce(sum(article_count) FILTER (fate = 'body'), 0) AS BIGINT) AS kept_count,
        coalesce(bool_or(fate = 'field'), false) AS is_field,
        round(sum(probability_sum) / nullif(sum(scored_count), 0) / 10000, 4) AS body_probability,
        arg_max(fate, (article_count, fate)) FILTER (fate NOT IN ('body', 'field')) AS role,
        min(first_seen_at) AS first_seen_at,
        max(last_seen_at) AS last_seen_at
    FROM source_lines AS line
    JOIN sites ON sites.source = line.source AND sites.site IS NOT DISTINCT FROM line.site
    GROUP BY line.source, line.site, line.line_hash
    HAVING sum(article_count) >= $propose_articles
),
judged AS (
    SELECT *,
        md5(concat_ws(chr(31), source, coalesce(site, ''), line)) AS rule_id,
        NOT is_field AND body_probability < 0.5 AND 2 * kept_count < article_count AS is_unlikely,
        NOT is_field AND article_count >= $accept_articles
            AND article_count >= $propose_share * site_article_count AS is_frequent,
        article_count >= $accept_articles
            AND article_count >= $accept_share * site_article_count
            AND kept_count <= $most_kept_share * article_count
            AND body_probability <= $most_probability AS is_evident
    FROM counted
)
SELECT rule_id, source, site, line,
    coalesce(judged.role, 'other') AS role,
    coalesce(decided.state, CASE WHEN is_evident THEN 'accepted' ELSE 'proposed' END) AS state,
    coalesce(decided.decided_by, 'evidence') AS decided_by,
    decided.decided_at,
    article_count, site_article_count, kept_count, body_probability,
    judged.first_seen_at, judged.last_seen_at
FROM judged
LEFT JOIN (
    SELECT rule_id, state, decided_by, decided_at
    FROM source_rules
    WHERE decided_by = 'person'
) AS decided USING (rule_id)
WHERE is_unlikely OR is_frequent OR decided.state IS NOT NULL;
