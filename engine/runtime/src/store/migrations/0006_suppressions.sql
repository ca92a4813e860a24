-- Why somebody is not contacted, in words, and who said so; and every listing and taking back, for good.

ALTER TABLE suppressions ADD COLUMN note TEXT;
ALTER TABLE suppressions ADD COLUMN "by" TEXT;

CREATE TABLE suppression_changes (
    id {identity},
    at BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    change TEXT NOT NULL,
    address TEXT NOT NULL,
    channel TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    note TEXT
);
CREATE INDEX suppression_changes_by_address ON suppression_changes (address, id);
