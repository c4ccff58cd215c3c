jsonb_build_object(
    :pairs
)
