-- Removes one of the triggers of an audited table.
-- Variables: trigger, table (quoted).
DROP TRIGGER IF EXISTS :"trigger" ON :table;
