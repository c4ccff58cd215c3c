CASE WHEN :row.:"column" IS NOT NULL THEN '[redacted]'::text END
