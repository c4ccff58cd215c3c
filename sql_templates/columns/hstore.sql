CASE WHEN :value IS NOT NULL THEN (
    SELECT coalesce(string_agg(
        '"' || regexp_replace(key, '(["\\])', '\\\1', 'g') || '"=>'
        || coalesce('"' || regexp_replace(value, '(["\\])', '\\\1', 'g') || '"', 'NULL'), ','
    ), '') FROM jsonb_each_text(:value)
) END
