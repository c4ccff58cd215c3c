:"schema".trigger_audit_object_id(:key)
