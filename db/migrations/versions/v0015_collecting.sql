-- The feed that said what was refused; empty for what came from nobody's feed.

ALTER TABLE desk.quarantine ADD COLUMN vendor TEXT;
