-- Gives the view of a table's events another name, if it is there.
-- Variables: view (qualified, quoted), new_name.
ALTER VIEW IF EXISTS :view RENAME TO :"new_name";
