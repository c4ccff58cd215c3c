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
    attempt text := told;
    parsed jsonb;
BEGIN
    IF octet_length(told) > 8192 THEN
        RETURN jsonb_build_object('unparsed', left(told, 1000));
    END IF;
    LOOP
        BEGIN
            -- An exception for each row is slow where deferred constraints wait. PostgreSQL 15
            -- cannot ask first.
            IF current_setting('server_version_num')::integer >= 160000 THEN
                IF pg_input_is_valid(attempt, 'jsonb') THEN
                    parsed := attempt;
                END IF;
            ELSE
                parsed := attempt;
            END IF;
            -- Deeper ones are beyond the readers of many languages.
            IF jsonb_typeof(parsed) = 'object' AND NOT parsed @? '$.**{100}' THEN
                -- The index of users holds no more.
                IF octet_length(parsed->>'user') > 2600 THEN
                    parsed := parsed || jsonb_build_object('user', left(parsed->>'user', 650));
                END IF;
                RETURN parsed;
            END IF;
        EXCEPTION WHEN others THEN
            NULL;
        END;
        -- A character that the database's encoding does not have stays escaped.
        EXIT WHEN attempt <> told OR getdatabaseencoding() = 'UTF8';
        attempt := regexp_replace(
            told, E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u(?!00[0-7])', E'\\1\\\\\\\\u', 'g'
        );
        EXIT WHEN attempt = told;
    END LOOP;
    RETURN jsonb_build_object('unparsed', left(told, 1000));
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_parse_context(text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_parse_context(text)
IS 'The JSON object in a text, or else the text under the key "unparsed"; never fails.';
