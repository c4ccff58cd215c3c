-- The partitions of the present month and of the three that follow.
-- Variables: schema.
SELECT :"schema".trigger_audit_prepare_partitions(3);
