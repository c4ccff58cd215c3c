CASE WHEN :differs THEN jsonb_build_object(
    :pairs
) ELSE '{}' END
