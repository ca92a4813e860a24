-- Several gateways behind one channel: which one had each attempt, and which alone may send a message
-- because it may have a copy of it.

ALTER TABLE attempts ADD COLUMN notifier TEXT;
ALTER TABLE notifications ADD COLUMN only_by TEXT;

-- A channel whose gateway rests does not make the others look through its waiting messages.
DROP INDEX notifications_by_status;
CREATE INDEX notifications_by_status ON notifications (status, channel, next_attempt_at, id);
CREATE INDEX notifications_bound ON notifications (only_by, status, channel, next_attempt_at, id)
    WHERE only_by IS NOT NULL;
-- What waits expires without being claimed.
CREATE INDEX notifications_by_expiry ON notifications (status, expires);
