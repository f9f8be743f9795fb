-- Who is quoted most on each site?
SELECT site, speaker, sum(quote_count) AS quotations, sum(article_count) AS articles
FROM quoted_by_month
GROUP BY site, speaker
QUALIFY row_number() OVER (PARTITION BY site ORDER BY quotations DESC, speaker) <= 3
ORDER BY site NULLS LAST, quotations DESC, speaker
LIMIT 60;
