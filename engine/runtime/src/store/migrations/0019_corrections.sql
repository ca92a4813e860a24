-- Rows that could not be read are corrected by people: what stood in them, by column, and what came of the correction.
-- Rows of earlier releases have no values; whoever corrects one types them from the file. What a row is being corrected to is
-- noted before anything comes of it: it is corrected to one thing, whoever else has the form open.

ALTER TABLE rejected_records ADD COLUMN given TEXT;
ALTER TABLE rejected_records ADD COLUMN corrected_to TEXT;
ALTER TABLE rejected_records ADD COLUMN corrected_at BIGINT;
ALTER TABLE rejected_records ADD COLUMN corrected_by TEXT;
ALTER TABLE rejected_records ADD COLUMN result TEXT;
ALTER TABLE rejected_records ADD COLUMN case_id BIGINT;
CREATE INDEX rejected_records_by_run ON rejected_records (run, row_hash);
