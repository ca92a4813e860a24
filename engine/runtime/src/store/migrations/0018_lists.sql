-- Lists in their order by an index, however many rows there are: cases in a state by their ids, messages by their age, calls
-- by the moment when they may be made.

DROP INDEX cases_by_state;
CREATE INDEX cases_by_state ON cases (workflow, state, standing, id);
CREATE INDEX notifications_by_age ON notifications (planned_at, case_id, id);
DROP INDEX call_tasks_by_opening;
CREATE INDEX call_tasks_by_opening ON call_tasks (not_before, queue)
    WHERE status NOT IN ('claimed', 'answered', 'withdrawn', 'suppressed');
