-- In which words around it does a phrase stand?
-- $phrase VARCHAR = the city: words as they stand in a text, in capitals or not
-- $width INTEGER = 40: characters to show of either side
SELECT before, phrase, after, title, published_at
FROM kwic($phrase, width := $width)
LIMIT 50;
