"""What would make a write far slower on a bad day does not happen, told without a clock."""

import json
import re
from contextlib import contextmanager

import pgtrigger
import pytest

from tests.capture.events import execute, query, recorded
from tests.capture.test_keys import nested_plans
from tests.captured.models import Customer, Order
from trigger_audit import context

pytestmark = pytest.mark.django_db

ROWS = 5000


@pytest.fixture(params=["statement", "row"])
def level(request, audit):
    audit(Customer, level=request.param)
    return request.param


@contextmanager
def deferred_checks():
    """A foreign key whose checks wait, as Django's do, in a transaction with much to check."""
    execute(
        "ALTER TABLE captured_order ADD FOREIGN KEY (customer_id) REFERENCES captured_customer"
        " DEFERRABLE INITIALLY DEFERRED"
    )
    yield
    execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("setting", ["jit", "enable_nestloop"])
@pytest.mark.parametrize("setting_level", ["statement", "row"])
def test_plans_that_fit_only_few_rows_or_only_many_are_off(audit, setting, setting_level):
    """Where the session has them on: a condition sees what the function sees."""
    off = pgtrigger.Condition(f"current_setting('{setting}') = 'off'")
    execute(f"SET LOCAL {setting} = on")
    audit(Customer, condition=off, level=setting_level)
    with recorded() as events:
        Customer.objects.create(name="Ann")
        Customer.objects.update(name="Bob")
        Customer.objects.all().delete()
    assert [event.op for event in events] == ["INSERT", "UPDATE", "DELETE"]
    assert query(f"SELECT current_setting('{setting}')") == ("on",)


@pytest.mark.parametrize("told", [{}, {"user": 7}])
def test_no_subtransaction_writes_an_event(level, told):
    """Each would take a number, and one that fails would walk the queue of waiting checks."""
    with deferred_checks(), context(**told):
        customer = Customer.objects.create(name="Ann")
        Order.objects.bulk_create(Order(customer=customer) for _ in range(50))
        Customer.objects.update(name="Bob")
        Order.objects.all().delete()
        Customer.objects.all().delete()
    (transactions,) = query(
        "SELECT array_agg(DISTINCT xmin::text) FROM trigger_audit_event"
        " WHERE txid = pg_current_xact_id()"
    )
    assert transactions == list(query("SELECT pg_current_xact_id()::xid::text"))


def test_only_the_text_of_a_context_is_tried_in_a_subtransaction():
    (names,) = query(
        "SELECT array_agg(proname::text) FROM pg_proc"
        " WHERE proname ~ '^trigger_audit_' AND prosrc ~ 'EXCEPTION\\s+WHEN'"
        # These are for reading.
        " AND proname NOT IN ('trigger_audit_record', 'trigger_audit_value')"
    )
    assert names == ["trigger_audit_parse_context"]


@pytest.mark.contrib
@pytest.mark.parametrize("images", ["full", "changes"])
def test_pairing_takes_no_more_memory_than_work_mem(audit, images):
    """Four times the rows go to disk, not into memory."""
    audit(Customer, images=images)
    execute("LOAD 'auto_explain'")
    execute("SET LOCAL work_mem = '256kB'; SET LOCAL hash_mem_multiplier = 1")
    execute(
        "INSERT INTO captured_customer (name, email)"
        f" SELECT n, repeat('x', 100) FROM generate_series(1, {4 * ROWS}) AS n"
    )
    quarter = taken(f"UPDATE captured_customer SET email = 'a' WHERE name::integer <= {ROWS}")
    whole = taken("UPDATE captured_customer SET email = 'b'")
    assert max(quarter.memory, default=0) <= 256 + 128
    assert max(whole.memory, default=0) <= 256 + 128
    assert whole.disk > 2 * quarter.disk > 0


class Taken:
    """What a capture's statement took: kB of memory by node of its plan, and blocks of disk."""

    def __init__(self, plan):
        self.disk = plan["Temp Written Blocks"]
        self.memory = [kb for node in nodes(plan) for kb in memory_of(node)]


def memory_of(node):
    if node.get("Sort Space Type") == "Memory":
        yield node["Sort Space Used"]
    if node.get("Storage") == "Memory":
        yield node["Maximum Storage"]
    yield from (node[key] for key in ("Peak Memory Usage",) if key in node)


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def taken(statement):
    for name in ("log_analyze", "log_buffers"):
        execute(f"SET LOCAL auto_explain.{name} = on")
    execute("SET LOCAL auto_explain.log_format = 'json'")
    with nested_plans() as plans:
        execute(statement)
    (pairing,) = (plan for plan in plans if '"Query Text": "INSERT INTO' in plan)
    return Taken(json.loads(re.search(r"\{.*\}", pairing, re.DOTALL)[0])["Plan"])
