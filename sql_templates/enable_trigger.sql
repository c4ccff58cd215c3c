-- Lets a disabled trigger of an audited table fire again.
-- Variables: trigger, table (quoted).
ALTER TABLE :table ENABLE TRIGGER :"trigger";
