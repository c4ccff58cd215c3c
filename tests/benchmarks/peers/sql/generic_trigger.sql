-- Variables: table.
CREATE TRIGGER generic_audit
AFTER INSERT OR UPDATE OR DELETE ON :"table"
FOR EACH ROW EXECUTE FUNCTION public.generic_audit();
