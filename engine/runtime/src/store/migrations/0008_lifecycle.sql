-- Messages that nobody confirms, messages in doubt, and when a message was last handed over.

ALTER TABLE notifications ADD COLUMN confirm_by BIGINT;
ALTER TABLE notifications ADD COLUMN on_uncertain TEXT;
ALTER TABLE notifications ADD COLUMN tried_at BIGINT;
CREATE INDEX notifications_unconfirmed ON notifications (confirm_by) WHERE confirm_by IS NOT NULL;
