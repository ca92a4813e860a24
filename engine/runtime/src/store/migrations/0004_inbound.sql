-- Messages to us: kept as they came before they are answered, once for each id of a notifier.

CREATE TABLE inbound_messages (
    id {identity},
    notifier TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    from_address TEXT NOT NULL,
    to_address TEXT,
    text TEXT NOT NULL,
    keyword TEXT,
    raw TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    case_id BIGINT REFERENCES cases (id),
    candidates TEXT NOT NULL,
    assigned_by TEXT,
    assigned_at BIGINT,
    UNIQUE (notifier, provider_id)
);
CREATE INDEX inbound_by_case ON inbound_messages (case_id, id);

-- Whom a number belongs to is asked of what was said to it.
CREATE INDEX notifications_by_address ON notifications (to_address);
CREATE INDEX call_tasks_by_address ON call_tasks (to_address);
