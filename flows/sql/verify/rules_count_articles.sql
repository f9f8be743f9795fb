-- law: a source's rule has its line on articles of its site, and was kept on some of these at most
-- grain: one row per rule with counts that cannot be
SELECT rule_id, line, kept_count, article_count, site_article_count
FROM source_rules
WHERE kept_count > article_count OR article_count > site_article_count;
