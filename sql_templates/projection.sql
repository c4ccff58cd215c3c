-- The triggers that call a projection, a function of the user's, once for each statement. They sort
-- after the triggers of the capture, and those of several projections by their number.
-- Variables: table (qualified, quoted), function (quoted), and the names of the triggers: insert,
-- update, delete and truncate.
CREATE OR REPLACE TRIGGER :"insert"
AFTER INSERT ON :table
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT
EXECUTE FUNCTION :function();

CREATE OR REPLACE TRIGGER :"update"
AFTER UPDATE ON :table
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT
EXECUTE FUNCTION :function();

CREATE OR REPLACE TRIGGER :"delete"
AFTER DELETE ON :table
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT
EXECUTE FUNCTION :function();

CREATE OR REPLACE TRIGGER :"truncate"
AFTER TRUNCATE ON :table
FOR EACH STATEMENT
EXECUTE FUNCTION :function();
