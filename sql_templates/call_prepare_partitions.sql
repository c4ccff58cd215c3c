-- Makes the partitions of the present month and of the coming ones that are not there yet.
-- Variables: schema (of the audit table). Parameter: the number of coming months.
SELECT made FROM :"schema".trigger_audit_prepare_partitions(%s::integer) AS made
