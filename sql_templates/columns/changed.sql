CASE WHEN
    :differs
THEN jsonb_build_object(
    :'key', :value
) ELSE '{}' END
