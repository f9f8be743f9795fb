-- Which articles fit some words best?
-- $words VARCHAR = harbour ferry: words in any order
-- $most INTEGER = 10: rows to show
SELECT score, title, site, published_at FROM search($words, most := $most);
