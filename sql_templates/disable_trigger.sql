-- Keeps a trigger of an audited table from firing: what is written then is not recorded.
-- Variables: trigger, table (quoted).
ALTER TABLE :table DISABLE TRIGGER :"trigger";
