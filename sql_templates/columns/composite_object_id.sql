jsonb_build_array(:columns)::text
