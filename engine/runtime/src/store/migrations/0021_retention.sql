-- What of a case was erased and when, and which cases are kept from it. Cases that are due are found by when they ended, and
-- leave the index once they are erased; one that opened again and ended again is due again.

ALTER TABLE cases ADD COLUMN texts_erased_at BIGINT;
ALTER TABLE cases ADD COLUMN people_erased_at BIGINT;
ALTER TABLE cases ADD COLUMN kept BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX cases_with_texts ON cases (closed_at, id)
    WHERE closed_at IS NOT NULL AND NOT kept AND (texts_erased_at IS NULL OR texts_erased_at < closed_at);
CREATE INDEX cases_with_people ON cases (closed_at, id)
    WHERE closed_at IS NOT NULL AND NOT kept AND people_erased_at IS NULL;

-- What is of no case, or is not found by it, is erased by its age.
CREATE INDEX receipts_with_text ON receipts (received_at) WHERE raw <> '—';
CREATE INDEX inbound_with_text ON inbound_messages (received_at) WHERE case_id IS NULL AND raw <> '—';
CREATE INDEX inbound_with_people ON inbound_messages (received_at) WHERE case_id IS NULL AND from_address <> '—';
ALTER TABLE rejected_records ADD COLUMN values_erased BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX rejected_with_values ON rejected_records (run) WHERE NOT values_erased;
CREATE INDEX webhook_deliveries_by_case ON webhook_deliveries (case_id);
