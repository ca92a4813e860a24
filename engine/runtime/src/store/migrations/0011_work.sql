-- The order in which people work: what was promised to a family first, then urgent work, then where a day of delay
-- costs the family most. All of it is written when the task is, so that the next call is found by an index.

ALTER TABLE call_tasks ADD COLUMN promised_by TEXT;
ALTER TABLE call_tasks ADD COLUMN at_risk BIGINT NOT NULL DEFAULT 0;
ALTER TABLE call_tasks ADD COLUMN urgency BIGINT NOT NULL DEFAULT 0;
ALTER TABLE call_tasks ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
UPDATE call_tasks SET urgency = priority * 1099511627776, turn = COALESCE(due, 9223372036854775807);

DROP INDEX call_tasks_by_status;
CREATE INDEX call_tasks_of_queue ON call_tasks (status, queue, urgency DESC, turn, not_before, case_id, id);
CREATE INDEX call_tasks_of_all ON call_tasks (status, urgency DESC, turn, not_before, case_id, id);
CREATE INDEX call_tasks_by_opening ON call_tasks (not_before, status);
CREATE INDEX call_tasks_promised ON call_tasks (promised_by, status, not_before) WHERE promised_by IS NOT NULL;
CREATE INDEX call_tasks_answered ON call_tasks (answered_by, answered_at) WHERE answered_by IS NOT NULL;

-- Answers that agents may still take back: each becomes an event of its case at its moment, whoever looks or not.

CREATE TABLE held_answers (
    task_id TEXT NOT NULL PRIMARY KEY REFERENCES call_tasks (id),
    case_id BIGINT NOT NULL REFERENCES cases (id),
    agent TEXT NOT NULL,
    outcome TEXT NOT NULL,
    answers TEXT NOT NULL,
    note TEXT,
    held_at BIGINT NOT NULL,
    submit_at BIGINT NOT NULL,
    refused TEXT
);
CREATE INDEX held_answers_due ON held_answers (submit_at);
CREATE INDEX held_answers_of_agent ON held_answers (agent, held_at);

-- The words by which cases are found: names in both scripts, numbers, references; folded, and found by their beginning.

CREATE TABLE case_words (
    word TEXT NOT NULL,
    case_id BIGINT NOT NULL REFERENCES cases (id),
    PRIMARY KEY (word, case_id)
);
CREATE INDEX case_words_by_case ON case_words (case_id);
