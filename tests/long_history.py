"""A year of a busy site's events, made at once: as they are stored, without the writes."""

import datetime as dt
from collections.abc import Iterator

MONTHS = 12
KINDS = "ARRAY['UPDATE', 'UPDATE', 'UPDATE', 'INSERT', 'DELETE']"

# Tables alike, of which library_book is one; a few objects and users have much of the events. One
# event in seven tells of nobody.
FILL = f"""
    INSERT INTO {{relation}}
        (id, at, txid, op, table_schema, table_name, object_id, old, new, context, db_user)
    SELECT
        id,
        %(begin)s::timestamptz
            + (id - %(first)s) * ((%(end)s::timestamptz - %(begin)s::timestamptz) / %(count)s),
        (3 + id / 4)::text::xid8,
        op,
        'public',
        CASE mod(id, {{tables}}) WHEN 0 THEN 'library_book' ELSE 'library_' || mod(id, 20) END,
        key::text,
        CASE WHEN op <> 'INSERT' THEN {{image}} END,
        CASE WHEN op <> 'DELETE' THEN {{image}} || '{{{{"status": "published"}}}}' END,
        CASE WHEN mod(id, 7) > 0 THEN jsonb_build_object(
            'user', person,
            'username', 'user' || person || '@example.org',
            'method', 'POST',
            'path', '/books/' || key || '/edit/',
            'request_id', md5((id / 4)::text)
        ) END,
        'site'
    FROM (
        SELECT
            id,
            ({KINDS})[1 + mod(id / 20, 5)] AS op,
            {{key}} AS key,
            floor(power(random(), 2) * 2000)::bigint AS person
        FROM generate_series(%(first)s::bigint, %(first)s + %(count)s - 1) AS id
    ) AS made
"""
# Of 50,000 rows a few have most of the events.
FEW_OFTEN = "floor(power(random(), 3) * 50000)::bigint"
IMAGE = """
    jsonb_build_object(
        'id', key, 'title', 'The title of number ' || key, 'price', 9.90 + mod(id, 100),
        'status', 'draft', 'pages', 300, 'changed_at', '2026-01-01T00:00:00+00:00',
        'notes', repeat('n', 60)
    )
"""


def months(until: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """The months of a year, begin and end, up to the one that ``until`` is in."""
    for ahead in range(1 - MONTHS, 1):
        yield month(until, ahead), month(until, ahead + 1)


def month(moment: dt.datetime, ahead: int) -> dt.datetime:
    year, number = divmod(moment.year * 12 + moment.month - 1 + ahead, 12)
    return dt.datetime(year, number + 1, 1, tzinfo=dt.timezone.utc)


def fill(
    cursor,
    events: int,
    until: dt.datetime,
    *,
    key: str = FEW_OFTEN,
    image: str = IMAGE,
    tables: int = 20,
) -> None:
    """Give each month up to ``until`` its share of ``events``, in a partition of its own.

    The partition of the present month must be empty: it is made anew. ``key`` and ``image`` are SQL
    expressions of the row that an event is of; of so many tables ``library_book`` is one.
    """
    share = events // MONTHS
    for number, (begin, end) in enumerate(months(until)):
        name = f"trigger_audit_event_{begin:%Y_%m}"
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(
            f"CREATE TABLE {name}"
            " (LIKE trigger_audit_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        )
        first = 1 + number * share
        values = {"begin": begin, "end": min(end, until), "first": first, "count": share}
        statement = FILL.format(relation=name, image=image, key=key, tables=tables)
        cursor.execute(statement, values)
        # Builds the indexes at once, far faster than row by row.
        cursor.execute(
            f"ALTER TABLE trigger_audit_event ATTACH PARTITION {name}"
            f" FOR VALUES FROM ('{begin}') TO ('{end}')"
        )
    cursor.execute(f"SELECT setval('trigger_audit_event_id_seq', {events + 1})")
