-- What other systems are told of cases. The secret is kept as it is: both sides sign with it.

CREATE TABLE webhooks (
    id {identity},
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    topics TEXT NOT NULL,
    workflows TEXT NOT NULL,
    fields TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    stopped_at BIGINT,
    stopped_because TEXT
);

-- The outbox of each, written with the case; it is told in the order of its ids.
CREATE TABLE webhook_deliveries (
    id {identity},
    webhook_id BIGINT NOT NULL REFERENCES webhooks (id),
    notice TEXT NOT NULL,
    case_id BIGINT NOT NULL,
    topic TEXT NOT NULL,
    body TEXT NOT NULL,
    planned_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    settled_at BIGINT,
    skipped_by TEXT
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, settled_at, id);
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (planned_at);

CREATE TABLE webhook_attempts (
    id {identity},
    delivery_id BIGINT NOT NULL REFERENCES webhook_deliveries (id),
    at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    status BIGINT,
    problem TEXT
);
CREATE INDEX webhook_attempts_delivery ON webhook_attempts (delivery_id, id);
