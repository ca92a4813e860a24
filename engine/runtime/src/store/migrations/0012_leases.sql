-- What one daemon at a time does, such as a detection: who does it, and until when that counts if nothing more is heard
-- of them.

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL
);
