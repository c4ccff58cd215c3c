(
    :differences
)
