-- grain: one row per open reject that is let be
-- reads: rejects; parameters: code, run (null for all)
UPDATE rejects SET state = 'waived'
WHERE state = 'open'
    AND ($code IS NULL OR reason = $code)
    AND ($run IS NULL OR starts_with(run_id, $run));
