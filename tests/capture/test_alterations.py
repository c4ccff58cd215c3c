"""A session that has written before goes on after somebody altered the table."""

import pgtrigger
import pytest
from django.db import connection, models

from tests.capture.events import deleted, execute, inserted, recorded, updated
from tests.captured.models import Unaudited

pytestmark = pytest.mark.django_db

TABLE = "captured_unaudited"


CONDITION = pgtrigger.Condition(
    "OLD.status::text IS DISTINCT FROM 'x' AND NEW.status::text IS DISTINCT FROM 'x'"
    " AND coalesce(OLD.amount::text, NEW.amount::text) <> 'x'"
)


@pytest.fixture(params=[None, CONDITION], ids=["unconditional", "conditional"])
def written(request, audit):
    """A table whose triggers have their plans cached, with a row."""
    audit(Unaudited, condition=request.param)
    write()


@pytest.fixture
def written_at_row_level(audit):
    """The same, with row triggers."""
    audit(Unaudited, level="row")
    write()


def write():
    execute(f"INSERT INTO {TABLE} (id, status, amount) VALUES (1, '7', 0)")
    for amount in range(1, 11):
        execute(f"INSERT INTO {TABLE} (id, amount) VALUES (0, {amount})")
        execute(f"UPDATE {TABLE} SET amount = {amount}")
        execute(f"DELETE FROM {TABLE} WHERE id = 0")


def row(status, amount, pk=1):
    return {"id": pk, "status": status, "amount": amount, "customer_id": None}


@pytest.mark.parametrize(
    ("alteration", "status", "amount"),
    [
        ("ALTER amount TYPE bigint", "7", 10),
        ("ALTER amount TYPE text", "7", "10"),
        ("ALTER status TYPE integer USING status::integer", 7, 10),
        ("ALTER status TYPE varchar(5)", "7", 10),
        ("ADD extra text DEFAULT 'x'", "7", 10),
        ("DROP customer_id, ADD customer_id integer", "7", 10),
        ("DROP amount, ADD amount integer DEFAULT 10", "7", 10),
        ("DROP amount, ADD amount smallint DEFAULT 10", "7", 10),
        ("ALTER status SET STORAGE EXTERNAL", "7", 10),
        ("SET UNLOGGED", "7", 10),
    ],
)
def test_table_that_was_altered(written, alteration, status, amount):
    execute(f"ALTER TABLE {TABLE} {alteration}")
    goes_on(status, amount)


@pytest.mark.parametrize(
    ("name", "field", "status", "amount"),
    [
        ("amount", models.BigIntegerField(null=True), "7", 10),
        ("amount", models.TextField(null=True), "7", "10"),
        ("status", models.CharField(max_length=5, null=True), "7", 10),
        ("status", models.IntegerField(null=True), 7, 10),
        ("status", models.IntegerField(default=1), 7, 10),
    ],
)
def test_row_triggers_of_a_table_that_a_migration_altered(
    written_at_row_level, name, field, status, amount
):
    """An ALTER TABLE by hand needs open sessions to reconnect, as with any row trigger."""
    field.set_attributes_from_name(name)
    field.model = Unaudited
    with connection.schema_editor() as schema_editor:
        schema_editor.alter_field(Unaudited, Unaudited._meta.get_field(name), field)
    goes_on(status, amount)


def goes_on(status, amount):
    """Compare the events of what is written next."""
    with recorded() as events:
        execute(f"UPDATE {TABLE} SET id = 2")
        execute(f"INSERT INTO {TABLE} (id, status, amount) VALUES (3, '8', 5)")
        execute(f"DELETE FROM {TABLE} WHERE id = 2")
    five, eight = type(amount)(5), type(status)(8)
    assert events == [
        updated(TABLE, "1", row(status, amount), row(status, amount, 2)),
        inserted(TABLE, "3", row(eight, five, 3)),
        deleted(TABLE, "2", row(status, amount, 2)),
    ]
