-- A context as the session told it. What is no reasonable JSON object is kept as text: a write must
-- never fail for its context.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_parse_context(told text)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    parsed jsonb;
BEGIN
    IF octet_length(told) <= 8192 THEN
        BEGIN
            parsed := told;
            -- Deeper ones are beyond the readers of many languages.
            IF jsonb_typeof(parsed) = 'object' AND NOT parsed @? '$.**{100}' THEN
                RETURN parsed;
            END IF;
        EXCEPTION WHEN others THEN
            NULL;
        END;
    END IF;
    RETURN jsonb_build_object('unparsed', left(told, 1000));
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_parse_context(text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_parse_context(text)
IS 'The JSON object in a text, or else the text under the key "unparsed"; never fails.';
