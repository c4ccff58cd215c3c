:"schema".trigger_audit_value(CAST(NULL AS :type), image.:image -> :'column') AS :"alias"
