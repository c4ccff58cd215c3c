"""``manage.py audit partition``, and ``migrate``, make the partitions of the coming months."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.audit_command import execute, run

pytestmark = pytest.mark.django_db

PARTITIONS = """
    SELECT inhrelid::regclass::text
    FROM pg_inherits
    WHERE inhparent = 'trigger_audit_event'::regclass
"""


def partitions():
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS)
        return {name for (name,) in cursor.fetchall()}


def test_partition_makes_the_coming_months():
    before = partitions()
    output, code = run("partition", "--months=6", no_color=True)
    made = [line.removeprefix("Made ") for line in output.splitlines()]
    assert code == 0
    assert len(made) == 3
    assert partitions() == before | set(made)
    assert run("partition", "--months=6") == ("All partitions are there already.\n", 0)
    assert run("partition", "--months=6", verbosity=0) == ("", 0)


@pytest.mark.parametrize("months", ["-1", "121", "some"])
def test_partition_wants_a_sensible_number(months):
    with pytest.raises(CommandError):
        call_command("audit", "partition", f"--months={months}")


def test_partition_without_an_audit_table():
    execute("DROP TABLE trigger_audit_event CASCADE")
    with pytest.raises(CommandError, match=r"Run manage\.py migrate first"):
        call_command("audit", "partition")


def test_migrate_prepares_the_partitions():
    before = partitions()
    newest = max(before - {"trigger_audit_event_default"})
    execute(f"DROP TABLE {newest}")
    call_command("migrate", verbosity=0)
    assert partitions() == before


def test_migrate_goes_on_without_an_audit_table():
    execute("DROP TABLE trigger_audit_event CASCADE")
    call_command("migrate", verbosity=0)
