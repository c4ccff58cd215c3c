-- The schemas where a table is looked for that is named without one.
SELECT current_schemas(FALSE)::text[]
