-- Workflows: immutable versions by content hash, and who made which one the active one.

CREATE TABLE workflow_versions (
    id {identity},
    workflow TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    bundle TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE activations (
    id {identity},
    workflow TEXT NOT NULL,
    hash TEXT NOT NULL REFERENCES workflow_versions (hash),
    at BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    note TEXT
);
CREATE INDEX activations_by_workflow ON activations (workflow, id);

-- Cases: one open case per key across the versions of a workflow; one indexed instant says when it
-- is due, so that the cost of a tick follows the cases that are due and not those that exist.

CREATE TABLE cases (
    id {key},
    reference TEXT NOT NULL UNIQUE,
    workflow TEXT NOT NULL,
    workflow_hash TEXT NOT NULL REFERENCES workflow_versions (hash),
    case_key TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    visit BIGINT NOT NULL,
    standing TEXT NOT NULL,
    standing_detail TEXT NOT NULL,
    outcome TEXT,
    data TEXT NOT NULL,
    progress TEXT NOT NULL,
    wake_at BIGINT,
    opened_at BIGINT NOT NULL,
    state_since BIGINT NOT NULL,
    closed_at BIGINT,
    UNIQUE (workflow, case_key)
);
CREATE INDEX cases_due ON cases (wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX cases_by_state ON cases (workflow, state, standing);
CREATE INDEX cases_by_version ON cases (workflow_hash, standing);
CREATE INDEX cases_by_standing ON cases (standing, id);

CREATE TABLE history (
    id {identity},
    case_id BIGINT NOT NULL REFERENCES cases (id),
    at BIGINT NOT NULL,
    entry TEXT NOT NULL
);
CREATE INDEX history_by_case ON history (case_id, id);

-- Events: stored before they are answered; the same source and id again is the same event.

CREATE TABLE events (
    id {identity},
    case_id BIGINT NOT NULL REFERENCES cases (id),
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    disposition TEXT,
    disposition_detail TEXT,
    settled_at BIGINT,
    UNIQUE (source, source_id)
);
CREATE INDEX events_by_case ON events (case_id, id);
CREATE INDEX events_unsettled ON events (case_id, id) WHERE disposition IS NULL;

-- Notifications: the outbox and what became of it. A lease with a fence guards each sending.

CREATE TABLE notifications (
    id TEXT NOT NULL PRIMARY KEY,
    case_id BIGINT NOT NULL REFERENCES cases (id),
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    template TEXT NOT NULL,
    to_address TEXT NOT NULL,
    to_name TEXT,
    person TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT,
    text TEXT NOT NULL,
    segments BIGINT NOT NULL,
    status TEXT NOT NULL,
    planned_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    expires BIGINT,
    keep BOOLEAN NOT NULL,
    why TEXT,
    rule TEXT,
    withdraw TEXT,
    notifier TEXT,
    provider_id TEXT,
    attempts BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    lease_until BIGINT,
    lease_holder TEXT,
    next_attempt_at BIGINT,
    sent_at BIGINT,
    settled_at BIGINT,
    code TEXT,
    reason TEXT
);
CREATE INDEX notifications_by_case ON notifications (case_id);
-- Whole indexes, not partial ones: SQLite does not match a partial index to a bound value.
CREATE INDEX notifications_by_status ON notifications (status, next_attempt_at, id);
CREATE INDEX notifications_by_person ON notifications (person, status);
CREATE INDEX notifications_by_provider ON notifications (provider_id) WHERE provider_id IS NOT NULL;

CREATE TABLE attempts (
    notification_id TEXT NOT NULL REFERENCES notifications (id),
    fence BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    result TEXT,
    code TEXT,
    message TEXT,
    PRIMARY KEY (notification_id, fence)
);

CREATE TABLE receipts (
    id {identity},
    dedupe TEXT NOT NULL UNIQUE,
    notification_id TEXT REFERENCES notifications (id),
    notifier TEXT NOT NULL,
    provider_id TEXT,
    provider_status TEXT NOT NULL,
    status TEXT,
    code TEXT,
    bad_address BOOLEAN NOT NULL,
    raw TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    seen BIGINT NOT NULL
);
CREATE INDEX receipts_by_notification ON receipts (notification_id) WHERE notification_id IS NOT NULL;
CREATE INDEX receipts_unclaimed ON receipts (provider_id) WHERE notification_id IS NULL;

-- Call tasks: the calls that people make.

CREATE TABLE call_tasks (
    id TEXT NOT NULL PRIMARY KEY,
    case_id BIGINT NOT NULL REFERENCES cases (id),
    queue TEXT NOT NULL,
    priority BIGINT NOT NULL,
    state TEXT NOT NULL,
    to_address TEXT,
    to_name TEXT,
    relation TEXT,
    person TEXT NOT NULL,
    language TEXT NOT NULL,
    script TEXT NOT NULL,
    words TEXT NOT NULL,
    outcomes TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    planned_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    due BIGINT,
    why TEXT,
    keep BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    rule TEXT,
    claimed_by TEXT,
    claim_expires BIGINT,
    outcome TEXT,
    answered_by TEXT,
    answered_at BIGINT,
    note TEXT,
    reason TEXT
);
CREATE INDEX call_tasks_by_case ON call_tasks (case_id);
CREATE INDEX call_tasks_by_status ON call_tasks (status, queue);
CREATE INDEX call_tasks_by_person ON call_tasks (person, status);

-- Detection: what was read, what became of each row, what was refused.

CREATE TABLE detection_runs (
    id {identity},
    detection TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    summary TEXT
);
CREATE INDEX detection_runs_by_detection ON detection_runs (detection, id);

CREATE TABLE detection_files (
    detection TEXT NOT NULL,
    source TEXT NOT NULL,
    hash TEXT NOT NULL,
    path TEXT NOT NULL,
    run BIGINT NOT NULL REFERENCES detection_runs (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (detection, source, hash)
);

CREATE TABLE records (
    detection TEXT NOT NULL,
    row_hash TEXT NOT NULL,
    run BIGINT NOT NULL REFERENCES detection_runs (id),
    file TEXT NOT NULL,
    line BIGINT NOT NULL,
    result TEXT NOT NULL,
    case_id BIGINT REFERENCES cases (id),
    PRIMARY KEY (detection, row_hash)
);
CREATE INDEX records_by_result ON records (detection, result);

CREATE TABLE rejected_records (
    detection TEXT NOT NULL,
    row_hash TEXT NOT NULL,
    run BIGINT NOT NULL REFERENCES detection_runs (id),
    file TEXT NOT NULL,
    line BIGINT NOT NULL,
    problems TEXT NOT NULL,
    PRIMARY KEY (detection, row_hash)
);

-- Addresses that must not be used: on one channel, or on any (`*`).

CREATE TABLE suppressions (
    address TEXT NOT NULL,
    channel TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (address, channel)
);

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
