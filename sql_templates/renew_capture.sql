-- Has every session compile a capture function anew, since the types of columns changed.
-- Variables: function (qualified, quoted).
-- A row trigger keeps the plans of a session's first writes, which fail once types differ; any
-- change of the function ends that, even to the cost that it had.
ALTER FUNCTION :function() COST 100;
