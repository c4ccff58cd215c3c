-- The trigger that is copied most: one function for all tables, both rows as JSON.
CREATE TABLE public.generic_audit (
    event_id bigserial PRIMARY KEY,
    table_name text NOT NULL,
    at timestamptz NOT NULL,
    txid bigint NOT NULL,
    db_user text NOT NULL,
    op text NOT NULL,
    old jsonb,
    new jsonb
);

CREATE INDEX generic_audit_table_at ON public.generic_audit (table_name, at);

CREATE FUNCTION public.generic_audit()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    INSERT INTO public.generic_audit (table_name, at, txid, db_user, op, old, new)
    VALUES (
        TG_TABLE_NAME,
        clock_timestamp(),
        txid_current(),
        session_user,
        TG_OP,
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
        CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END
    );
    RETURN NULL;
END
$body$;
