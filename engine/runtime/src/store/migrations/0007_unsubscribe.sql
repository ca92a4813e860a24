-- Where the recipient of an e-mail can stop further ones; none for legal notices and text messages.

ALTER TABLE notifications ADD COLUMN unsubscribe TEXT;
