-- What the reports show: of each case what was counted of it, and the counts added up by day and by month. A daemon keeps
-- both by looking at the cases that have news since it looked last; nothing of it is written where cases move.

CREATE TABLE report_cases (
    case_id {key},
    workflow TEXT NOT NULL,
    counts TEXT NOT NULL
);

CREATE TABLE report_counts (
    workflow TEXT NOT NULL,
    grain TEXT NOT NULL,
    figure TEXT NOT NULL,
    day BIGINT NOT NULL,
    part TEXT NOT NULL,
    value BIGINT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (workflow, grain, figure, day, part, value)
);

-- How far that is: everything up to these rows is counted, but for what a recount has not come to.
CREATE TABLE report_progress (
    name TEXT NOT NULL PRIMARY KEY,
    basis TEXT NOT NULL,
    history_id BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    recounted BIGINT,
    counted_at BIGINT NOT NULL
);

-- What waits for somebody, by its due time. `COALESCE` keeps the indexes by status from being thought better for it.
CREATE INDEX call_tasks_overdue ON call_tasks (due, case_id) WHERE COALESCE(status, '') IN ('open', 'claimed');
CREATE INDEX suppression_changes_by_time ON suppression_changes (at);
CREATE INDEX records_by_run ON records (run, result);
