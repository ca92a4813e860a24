-- A case changes with every transition, and PostgreSQL writes the changed row beside the old one: with room left on the page a
-- fifth of the bytes goes, as the old one's place is used again (docs/adr/0032-arrays.md). A file of SQLite changes rows in their place.

{on a server} ALTER TABLE cases SET (fillfactor = 70);
