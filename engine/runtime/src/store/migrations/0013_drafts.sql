-- Workflows while they are written: each draft has all its files, rises by one version with every change, and becomes
-- a workflow version only when a second person approves it.

CREATE TABLE drafts (
    id {identity},
    workflow TEXT NOT NULL,
    base TEXT NOT NULL,
    bundle TEXT NOT NULL,
    version BIGINT NOT NULL,
    status TEXT NOT NULL,
    authors TEXT NOT NULL,
    begun_by TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    submitted_by TEXT,
    submitted_at BIGINT,
    note TEXT,
    decided_by TEXT,
    decided_at BIGINT,
    reason TEXT,
    hash TEXT
);
CREATE INDEX drafts_by_status ON drafts (status, workflow);
CREATE INDEX drafts_by_hash ON drafts (hash) WHERE hash IS NOT NULL;
