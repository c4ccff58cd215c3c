-- Removes the function that captures a table's changes, and the triggers that call it.
-- Variables: function (qualified, quoted).
DROP FUNCTION IF EXISTS :function() CASCADE;
