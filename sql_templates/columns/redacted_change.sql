CASE
    WHEN :row.:"column" IS NULL THEN NULL
    WHEN
        :differs
    THEN '[redacted: changed]'
    ELSE '[redacted]'
END::text
