-- What operators hold back of the outbox: everything, a channel or one gateway. Every daemon reads it before it sends.
-- A hold that was released stays, with who did it.

CREATE TABLE outbox_holds (
    id {identity},
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    held_by TEXT NOT NULL,
    held_at BIGINT NOT NULL,
    released_by TEXT,
    released_at BIGINT
);
CREATE UNIQUE INDEX outbox_holds_in_force ON outbox_holds (scope, name) WHERE released_at IS NULL;

-- How gateways stand, as the daemon saw them when that changed last: for operators in other processes.

CREATE TABLE gateways (
    name TEXT NOT NULL PRIMARY KEY,
    rests_until BIGINT,
    why TEXT,
    noted_at BIGINT NOT NULL
);
