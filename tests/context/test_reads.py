"""Reads go out as they are, and are as many as they were."""

import re
from contextlib import nullcontext
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import BigIntegerField, Count, F, Func, Value
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import CURSOR
from django.test.utils import CaptureQueriesContext

import trigger_audit
from tests.capture.events import execute, query
from tests.captured.models import Customer, Order
from tests.context.events import contexts
from trigger_audit import statements

TABLE = "captured_customer"

READS = {
    "list": lambda: list(Customer.objects.all()),
    "get": partial(Customer.objects.get, name="Ann"),
    "first": Customer.objects.first,
    "count": Customer.objects.count,
    "exists": Customer.objects.exists,
    "aggregate": lambda: Order.objects.aggregate(Count("pk")),
    "annotate": lambda: list(Order.objects.annotate(twice=F("total") * 2).values_list("twice")),
    "join": lambda: list(Order.objects.select_related("customer")),
    "prefetch": lambda: list(Customer.objects.prefetch_related("order_set")),
    "in_bulk": lambda: Customer.objects.in_bulk([1, 2]),
    "union": lambda: list(Customer.objects.all().union(Customer.objects.filter(pk=1))),
    "locked": lambda: list(Customer.objects.select_for_update(of=("self",))),
    "iterator": lambda: list(Customer.objects.iterator(chunk_size=1)),
    "refresh": lambda: Customer.objects.get(name="Ann").refresh_from_db(),
    "explain": lambda: Customer.objects.all().explain(),
    "dates": lambda: list(Customer.objects.values("name").distinct().order_by("-name")),
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def customers():
    for name in ("Ann", "Bob", "Cem"):
        Customer.objects.create(name=name)


@pytest.fixture
def sent(monkeypatch):
    """The statements that reach the driver, as the server is to see them."""
    texts = []
    connection.ensure_connection()
    kept = connection.connection.cursor_factory
    beneath = kept.__mro__[1]

    class Listening(beneath):
        def execute(self, statement, *arguments):
            texts.append(statement)
            return super().execute(statement, *arguments)

    connection.connection.cursor_factory = statements.telling(Listening)
    yield texts
    connection.connection.cursor_factory = kept


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_the_text_of_a_read_is_what_it_was(customers, sent, read):
    with CaptureQueriesContext(connection) as before:
        read()
    expected, sent[:] = list(sent), []
    with trigger_audit.context(user=1), CaptureQueriesContext(connection) as inside:
        read()
    assert list(map(unnumbered, sent)) == list(map(unnumbered, expected))
    assert list(map(logged, inside)) == list(map(logged, before))


def unnumbered(text):
    """Cursors on the server have names of their own."""
    return re.sub(r"_django_curs_\w+", "_django_curs", text)


def logged(recorded):
    return unnumbered(recorded["sql"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", [True, False])
def test_a_cursor_on_the_server_reads_on_while_others_write(customers, inside):
    with trigger_audit.context(user=1), transaction.atomic() if inside else nullcontext():
        for customer in Customer.objects.order_by("pk").iterator(chunk_size=1):
            with trigger_audit.context(row=customer.pk):
                Customer.objects.filter(pk=customer.pk).update(email="")
    told = contexts(TABLE, op="UPDATE")
    assert told == [{"user": 1, "row": pk} for pk in sorted({context["row"] for context in told})]
    assert len(told) == 3


def test_writes_are_as_many_as_they_were(sent, django_assert_num_queries):
    with trigger_audit.context(user=1), django_assert_num_queries(6):
        customer = Customer.objects.create(name="Ann")
        customer.save()
        Customer.objects.update_or_create(name="Ann", defaults={"email": ""})
    told = [text for text in sent if text.startswith(statements.PREFIX)]
    assert [text.split("*/ ")[1].split()[0] for text in told] == ["INSERT", "UPDATE", "UPDATE"]


def test_updates_and_deletes_that_read_first(customers, sent):
    Order.objects.create(customer=Customer.objects.get(name="Ann"))
    sent.clear()
    with trigger_audit.context(user=1):
        Customer.objects.filter(order__total=0).update(email="x")
        Customer.objects.filter(order__total=0).delete()
    for text in sent:
        writes = any(word in text for word in ("UPDATE ", "DELETE ", "INSERT "))
        assert text.startswith(statements.PREFIX) is writes
    assert contexts(TABLE, op="DELETE") == [{"user": 1}]
    assert contexts("captured_order", op="DELETE") == [{"user": 1}]


def test_what_a_wrapper_writes_while_the_orm_reads_is_told(customers):
    def noting(execute, sql, params, many, context):
        if "ORDER BY" in sql:
            Customer.objects.create(name="noted")
        return execute(sql, params, many, context)

    with trigger_audit.context(user=1), connection.execute_wrapper(noting):
        Customer.objects.order_by("pk").first()
    assert contexts(TABLE, new__name="noted") == [{"user": 1}]


def test_compilers_that_write_in_their_own_way_are_told():
    class Compiler(SQLCompiler):
        def as_sql(self, *arguments, **options):
            return f" insert INTO {TABLE} (name) VALUES (%s) RETURNING id", ("Ann",)

    compiler = Compiler(Customer.objects.all().query, connection, "default")
    with trigger_audit.context(user=1):
        compiler.execute_sql(CURSOR)
    assert contexts(TABLE) == [{"user": 1}]


def test_a_select_of_the_orm_that_writes_is_not_told_and_a_raw_one_is():
    """The price of reads that stay as they are; see the documentation."""
    execute(
        "CREATE FUNCTION add_customer(name text) RETURNS bigint LANGUAGE sql AS"
        f" 'INSERT INTO {TABLE} (name) VALUES (name) RETURNING id'"
    )
    Order.objects.create()
    call = Func(Value("by the ORM"), function="add_customer", output_field=BigIntegerField())
    with trigger_audit.context(user=1):
        list(Order.objects.annotate(added=call))
        query("SELECT add_customer('raw')")
    assert contexts(TABLE) == [None, {"user": 1}]
