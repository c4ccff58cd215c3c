"""What ``docs/feed.md`` has granted to a role of workers is enough for all that they do."""

import os
import re
from pathlib import Path

import pytest
from django.db import connection

from tests.example.models import Book
from tests.feed.conftest import drain, rows
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)
DOCS = (Path(__file__).parents[2] / "docs" / "feed.md").read_text(encoding="utf-8")
SECTION = DOCS.partition("### As a role of its own\n")[2].partition("\n### ")[0]
(RIGHTS,) = re.findall(r"^```sql\n(.*?)^```", SECTION, re.DOTALL | re.M)
# Roles belong to the whole server, which other processes may be testing on.
WORKER = f"test_worker_{os.getpid()}"
OLD = "trigger_audit_event_2020_01"


def execute(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def worker(transactional_db):
    """Django's session is one of a role that has the rights, and that may read books."""
    rights = RIGHTS.replace("TO worker", f"TO {WORKER}")
    execute(
        f"CREATE ROLE {WORKER}",
        rights,
        f"GRANT SELECT ON library_book TO {WORKER}",
        f"SELECT trigger_audit_make_partition('{OLD}', '2020-01-01+0', '2020-02-01+0')",
        f"SET ROLE {WORKER}",
    )
    yield
    execute("RESET ROLE", f"DROP OWNED BY {WORKER}; DROP ROLE {WORKER}", f"DROP TABLE {OLD}")


@pytest.mark.parametrize("start", ["latest", "earliest", "backfill"])
def test_it_delivers_parks_and_retries(subscribe, session, worker, start):
    got = subscribe(Book, start=start, shards=2, attempts=1, backoff=0)
    got.failing = {2: ValueError("not this one")}
    insert = "INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)"
    session.execute(insert, [1])
    for shard in (0, 1):
        drain(shard=shard)
    session.execute(insert, [2])
    session.execute("UPDATE library_book SET id = id + 10")
    for shard in (0, 1, 0, 1):
        drain(shard=shard)
    got.failing = {}
    assert feed.retry("test") == (2, 0)
    came = {"latest": [], "earliest": [("INSERT", 1)], "backfill": [("SNAPSHOT", 1)]}[start]
    assert sorted(got.changes) == sorted(
        [*came, ("INSERT", 2), ("UPDATE", 11), ("UPDATE", 12)],
    )
    assert {lane.state for lane in feed.status()} == {"running"}
    feed.reset("test")


def test_a_month_that_is_over_is_known_by_its_greatest_id(session, worker):
    execute("RESET ROLE")
    session.execute(
        "INSERT INTO trigger_audit_event (at, txid, op, table_schema, table_name, db_user)"
        " VALUES ('2020-01-15', pg_current_xact_id(), 'TRUNCATE', 'public', 'library_book', '')"
    )
    execute(f"SET ROLE {WORKER}")
    ((known, greatest),) = rows(
        "SELECT trigger_audit_feed_partitions() -> %s::regclass::oid::text, max(id)"
        " FROM trigger_audit_event",
        OLD,
    )
    assert int(known) == greatest
