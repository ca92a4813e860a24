-- Which family a case is about: caps count over all cases that say the same. What is there already knows it by the
-- personal number of its deceased.

ALTER TABLE cases ADD COLUMN household TEXT;
UPDATE cases SET household = (
    SELECT MIN(deceased.identity) FROM deceased
    WHERE deceased.case_id = cases.id AND deceased.identity NOT LIKE '+%' AND deceased.identity NOT LIKE '%@%'
);
CREATE INDEX cases_by_household ON cases (household) WHERE household IS NOT NULL;
