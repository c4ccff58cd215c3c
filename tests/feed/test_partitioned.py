"""A partitioned table is one table to a subscription, wherever its rows are."""

from datetime import date

import pytest
from django.db import connection

import trigger_audit
from tests.capture.conftest import audit
from tests.captured.models import Measurement
from tests.feed.conftest import drain
from trigger_audit import declaration

__all__ = ["audit"]

pytestmark = pytest.mark.django_db(transaction=True)


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def measurements(audit):
    """Measurements by month, audited."""
    execute(
        """
        CREATE TABLE captured_measurement
        (id bigint, day date, value integer, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
        CREATE TABLE january PARTITION OF captured_measurement
        FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
        CREATE TABLE february PARTITION OF captured_measurement
        FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
        """
    )
    audit(Measurement)
    trigger_audit.register(Measurement, app_label="captured")
    yield
    declaration.unregister(Measurement)
    execute("DROP TABLE captured_measurement")


def test_rows_that_are_there_and_rows_that_move(subscribe, measurements):
    got = subscribe(Measurement, start="backfill", batch_size=1, fields=["value"])
    execute("INSERT INTO january VALUES (1, '2026-01-15', 1)")
    execute("INSERT INTO captured_measurement VALUES (2, '2026-02-15', 1)")
    drain()
    execute("UPDATE february SET value = 2")
    execute("UPDATE captured_measurement SET day = '2026-02-16' WHERE id = 1")
    execute("UPDATE captured_measurement SET day = '2026-02-17' WHERE id = 2")
    execute("DELETE FROM february WHERE id = 2")
    drain()
    january, february = date(2026, 1, 15), date(2026, 2, 15)
    assert got.changes == [
        ("SNAPSHOT", (1, january)),
        ("SNAPSHOT", (2, february)),
        ("UPDATE", (2, february)),
        ("DELETE", (1, january)),
        ("INSERT", (1, date(2026, 2, 16))),
        ("UPDATE", (2, date(2026, 2, 17))),
        ("DELETE", (2, date(2026, 2, 17))),
    ]
