CROSS JOIN LATERAL (  -- statement level
-- row level: FROM (
    SELECT
        :old_columns
) AS old_image
CROSS JOIN LATERAL (
    SELECT
        :new_columns
) AS new_image
