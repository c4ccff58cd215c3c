-- Drops the view of a table's events.
-- Variables: view (qualified, quoted).
DROP VIEW IF EXISTS :view;
