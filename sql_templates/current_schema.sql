-- The schema where the audit table is made: the first of the search_path that exists.
SELECT current_schema()
