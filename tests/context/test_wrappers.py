"""Others who wrap what is sent, in any order: the context arrives."""

from contextlib import ExitStack, closing, contextmanager
from itertools import permutations

import pgtrigger
import pytest
from django.db import connection
from django.test import override_settings
from opentelemetry.instrumentation.sqlcommenter_utils import _add_sql_comment
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import trigger_audit
from tests import drivers
from tests.captured.models import Customer
from tests.context.events import contexts

if drivers.requested() == "psycopg":
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor as Instrumentor
else:
    from opentelemetry.instrumentation.psycopg2 import Psycopg2Instrumentor as Instrumentor

TABLE = "captured_customer"

pytestmark = pytest.mark.django_db


@contextmanager
def debug_toolbar():
    """Its SQL panel, as it is while a request is answered."""
    from django.conf import settings

    apps = [*settings.INSTALLED_APPS, "debug_toolbar"]
    with override_settings(STATIC_URL="static/"), override_settings(INSTALLED_APPS=apps):
        from debug_toolbar.panels.sql.tracking import wrap_cursor

        recorded = []
        panel = type("Panel", (), {"record": lambda self, **query: recorded.append(query)})()
        panel.current_transaction_id = lambda alias: None
        panel.new_transaction_id = panel.current_transaction_id
        wrap_cursor(connection)
        connection._djdt_logger = panel
        try:
            yield
        finally:
            connection._djdt_logger = None
            del connection.cursor, connection.chunked_cursor
            del connection._djdt_cursor, connection._djdt_chunked_cursor
        assert any("INSERT" in query["sql"] for query in recorded)


def sqlcommenter():
    """As its middleware for Django does: a comment at the end."""

    def wrapper(execute, sql, params, many, context):
        return execute(
            _add_sql_comment(sql, route="/customers/", framework="django"), params, many, context
        )

    return connection.execute_wrapper(wrapper)


def commenting_before():
    """As several do: a comment at the start."""

    def wrapper(execute, sql, params, many, context):
        return execute(f"/* route='%%2Fcustomers' */ {sql}", params, many, context)

    return connection.execute_wrapper(wrapper)


WRAPPERS = [debug_toolbar, sqlcommenter, commenting_before]


def names(order):
    return "-".join(wrapper.__name__ for wrapper in order)


def write():
    customer = Customer.objects.create(name="Ann")
    customer.email = "100%"
    customer.save()
    Customer.objects.bulk_create([Customer(name="Bob"), Customer(name="Cem")])
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (name) VALUES (%s)", ["Dan"])
    customer.delete()


@pytest.mark.parametrize("order", list(permutations([*WRAPPERS, trigger_audit.context])), ids=names)
def test_wrappers_in_any_order(order):
    with ExitStack() as stack:
        for wrapper in order:
            options = {"user": 7} if wrapper is trigger_audit.context else {}
            stack.enter_context(wrapper(**options))
        write()
    assert contexts(TABLE) == [{"user": 7}] * 6


def test_statements_that_pgtrigger_sends_before():
    trigger = "captured.Customer:trigger_audit_insert"
    with trigger_audit.context(user=7), pgtrigger.ignore(trigger):
        write()
        Customer.objects.all().delete()
    with pgtrigger.ignore(trigger), trigger_audit.context(user=8):
        write()
    assert contexts(TABLE) == [{"user": 7}] * 9 + [{"user": 8}] * 6


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter


@contextmanager
def instrumented_driver(provider):
    """Every connection made from now on."""
    instrumentor = Instrumentor()
    instrumentor.instrument(tracer_provider=provider, enable_commenter=True, skip_dep_check=True)
    try:
        with closing(connection.copy()) as other:
            yield other
    finally:
        instrumentor.uninstrument()


@contextmanager
def instrumented_connection(provider):
    """One that Django has opened."""
    with closing(connection.copy()) as other:
        other.ensure_connection()
        other.connection = Instrumentor().instrument_connection(
            other.connection, tracer_provider=provider
        )
        yield other


# For psycopg 3 the latter discards the cursors that were there, Django's and ours.
INSTRUMENTED = [instrumented_driver]
if drivers.requested() == "psycopg2":
    INSTRUMENTED.append(instrumented_connection)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("instrumented", INSTRUMENTED)
def test_opentelemetry(instrumented, spans):
    provider, exporter = spans
    with instrumented(provider) as other, trigger_audit.context(user=7), other.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (name) VALUES (%s)", ["Ann"])
        cursor.execute(f"INSERT INTO {TABLE} (name) VALUES ('Bob')")
        cursor.executemany(f"INSERT INTO {TABLE} (name) VALUES (%s)", [("Cem",), ("100%",)])
    assert contexts(TABLE) == [{"user": 7}] * 4
    recorded = [str(dict(span.attributes)) for span in exporter.get_finished_spans()]
    assert sum(f"INSERT INTO {TABLE}" in attributes for attributes in recorded) == 3
