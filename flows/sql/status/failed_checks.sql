-- grain: one row per check of the lake that failed when the lake was last checked
-- reads: checks; a run without news checks nothing; what could not be judged has not failed
SELECT DISTINCT suite || '.' || subject || ' ' || expectation AS name
FROM checks
WHERE stage = 'lake'
    AND outcome IN ('failed', 'broken')
    AND run_id = (SELECT max(run_id) FROM checks WHERE stage = 'lake')
ORDER BY name;
