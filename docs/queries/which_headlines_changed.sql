-- Which headlines were changed after publication?
SELECT changed_at, site, headline_before, headline_after
FROM headline_changes
ORDER BY changed_at DESC NULLS LAST, article_id
LIMIT 20;
