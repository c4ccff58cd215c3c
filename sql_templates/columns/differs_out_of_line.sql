(
    :"schema".trigger_audit_toast_id(CAST(OLD.:"column" AS :type))
    = :"schema".trigger_audit_toast_id(CAST(NEW.:"column" AS :type))
) IS NOT TRUE
AND :differs
