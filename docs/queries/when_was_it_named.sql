-- How often is somebody or something named over time?
-- $name VARCHAR = Brazil: a person, place or organisation, under any of its names
-- $unit VARCHAR = month (day, week, month, year): length of a step
SELECT begins_on, article_count, mention_count, bar(article_count, 0, 100, 20) AS articles
FROM timeline($name, $unit);
