-- Filters of the list of cases that somebody has given a name: their own, or everybody's.

CREATE TABLE views (
    id {identity},
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    shared BOOLEAN NOT NULL,
    saved_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX views_by_owner ON views (owner, name);
