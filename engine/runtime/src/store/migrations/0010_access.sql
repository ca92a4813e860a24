-- Who may come in, who is in, and the trace of what they did. Of passwords, links, sessions and keys only hashes are kept.

CREATE TABLE users (
    id {identity},
    name TEXT NOT NULL UNIQUE,
    full_name TEXT NOT NULL,
    roles TEXT NOT NULL,
    language TEXT,
    password TEXT,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE password_links (
    token TEXT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_links_user ON password_links (user_id);

CREATE TABLE sessions (
    id {identity},
    token TEXT NOT NULL UNIQUE,
    user_id BIGINT NOT NULL REFERENCES users (id),
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE api_keys (
    id {identity},
    name TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);

-- Rows are only ever added; each carries the hash of itself and the one before.
CREATE TABLE audit (
    id {key},
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    act TEXT NOT NULL,
    case_id BIGINT,
    subject TEXT,
    hash TEXT NOT NULL
);
CREATE INDEX audit_case ON audit (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX audit_who ON audit (who);
