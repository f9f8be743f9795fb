-- grain: one row per article, its latest version
-- reads: articles
CREATE OR REPLACE VIEW latest_articles AS
SELECT *
FROM articles
QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY version DESC) = 1;
