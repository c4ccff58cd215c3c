"""A long value that an UPDATE leaves alone is not fetched to find that out."""

import pytest

from tests import postgres
from tests.capture.events import execute, query, recorded, updated
from tests.captured.models import Unaudited
from trigger_audit import Audit
from trigger_audit.triggers import compile_audit

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        postgres.server_version() < 170000, reason="before, the number of a value is not told"
    ),
]

LONG = "SELECT string_agg(md5(number::text), '') FROM generate_series(1, 1250) AS number"
FETCHED = """
    SELECT pg_stat_get_xact_blocks_fetched(reltoastrelid) FROM pg_class
    WHERE oid = 'captured_unaudited'::regclass
"""


def fetched():
    """Blocks of out-of-line values that this transaction has read of the table."""
    return query(FETCHED)[0]


@pytest.fixture
def pk(audit):
    audit(Unaudited, images="changes")
    execute(f"INSERT INTO captured_unaudited (status, amount) SELECT ({LONG}), 1")
    return str(Unaudited.objects.get().pk)


@pytest.mark.parametrize("change", ["amount = 2", "amount = 2, status = status"])
def test_a_value_that_stays_is_not_fetched(pk, change):
    before = fetched()
    with recorded() as events:
        execute(f"UPDATE captured_unaudited SET {change}")
    assert events == [updated("captured_unaudited", pk, {"amount": 1}, {"amount": 2})]
    assert fetched() == before


def test_an_equal_value_that_was_written_anew_is_no_change(pk):
    before = fetched()
    with recorded() as events:
        execute(f"UPDATE captured_unaudited SET status = ({LONG})")
    assert events == []
    assert fetched() > before


def test_a_value_that_changed_is_kept_on_both_sides(pk):
    (old,) = query("SELECT status FROM captured_unaudited")
    with recorded() as events:
        execute("UPDATE captured_unaudited SET status = upper(status)")
    assert events == [updated("captured_unaudited", pk, {"status": old}, {"status": old.upper()})]


def test_redacted_value_that_stays_is_not_fetched(pk, audit):
    execute("DROP FUNCTION trigger_audit_capture_captured_unaudited CASCADE")
    audit(Unaudited, redact=["status"])
    before = fetched()
    with recorded() as events:
        execute("UPDATE captured_unaudited SET amount = 2")
    row = {"id": int(pk), "status": "[redacted]", "customer_id": None}
    assert events == [updated("captured_unaudited", pk, row | {"amount": 1}, row | {"amount": 2})]
    assert fetched() == before


def test_only_values_that_may_be_long_are_looked_up():
    text = str(compile_audit(Unaudited, Audit(images="changes")).sql)
    assert 'toast_id(OLD."amount")' not in text
