-- The functions without arguments that are there, of those that projections name: where they are,
-- and whether triggers can call them.
-- Parameter: an array of their names, quoted.
SELECT
    wanted.name,
    pg_namespace.nspname::text,
    pg_proc.proname::text,
    pg_proc.prorettype = 'trigger'::regtype AS is_of_triggers
FROM unnest(%s::text[]) AS wanted (name)
INNER JOIN pg_proc ON pg_proc.oid = to_regprocedure(wanted.name || '()')
INNER JOIN pg_namespace ON pg_namespace.oid = pg_proc.pronamespace
