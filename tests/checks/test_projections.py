"""Each mistake in projections has its id and its remedy."""

import pytest
from django.db import connection

from tests.capture.events import execute
from tests.checks.library import GARBAGE, book, found, library
from tests.example.models import Loan
from trigger_audit import Audit, declaration
from trigger_audit.checks import database


@pytest.fixture(autouse=True)
def no_registrations(monkeypatch):
    monkeypatch.setattr(declaration, "registrations", [])


def mistakes_of(audit):
    with library() as of:
        book(of, audit)
        return found(of.apps)


@pytest.mark.parametrize(
    "names", [[], ["count_books"], ("count_books", "reports.Count books"), ["b" * 63, "é" * 31]]
)
def test_what_is_right(names):
    assert mistakes_of(Audit(projections=names)) == []


@pytest.mark.parametrize("value", [*GARBAGE, None, {"count_books"}, "count_books"])
def test_e070_no_list_of_names(value):
    [(id_, message, hint)] = mistakes_of(Audit(projections=value))
    assert id_ == "trigger_audit.E070"
    assert message.startswith("The audit of library.Book has projections=")
    assert hint == "projections is a list of names of functions, which are called in its order."


@pytest.mark.parametrize(
    "name", ["", ".", "a.", ".a", "a.b.c", "count_books()", '"count_books"', "é" * 32, "a\0"]
)
def test_e071_no_name_of_a_function(name):
    [(id_, message, hint)] = mistakes_of(Audit(projections=["count_books", name]))
    assert (id_, message) == (
        "trigger_audit.E071",
        f"The audit of library.Book has the projection {name!r}, which names no function.",
    )
    assert hint.startswith('Write "function" or "schema.function" as the catalog has it,')


def test_e072_one_function_twice():
    assert mistakes_of(Audit(projections=["count_books", "list_books", "count_books"])) == [
        (
            "trigger_audit.E072",
            "The audit of library.Book names the projection 'count_books' more than once.",
            "Name it once: it is called once for each statement.",
        )
    ]


def test_e073_at_row_level():
    [(id_, message, hint)] = mistakes_of(Audit(projections=["count_books"], level="row"))
    assert id_ == "trigger_audit.E073"
    assert message == 'The audit of library.Book has projections, and level="row".'
    assert hint.startswith("Take one of them away: a projection gets the rows of whole statements,")


def test_e074_no_column_of_its_own():
    [(id_, message, hint)] = mistakes_of(Audit(["tags"], projections=["count_books"]))
    assert id_ == "trigger_audit.E074"
    assert message == (
        "The audit of library.Book has projections, and audits no column of the model's table."
    )
    assert hint.startswith("Audit a field of the model;")


@pytest.mark.django_db
def test_e075_a_partitioned_table(monkeypatch):
    monkeypatch.setattr(Loan._meta, "audit", Audit(projections=["count_loans"]))
    assert list(database.check(connection)) == []
    execute("""
        ALTER TABLE library_loan RENAME TO plain;
        CREATE TABLE library_loan (id bigint) PARTITION BY LIST (id);
    """)
    [message] = database.check(connection)
    assert (message.id, message.obj) == ("trigger_audit.E075", Loan)
    assert message.msg == (
        "The audit of library.Loan has projections, and its table in 'default' is partitioned:"
        " they would miss what is written to a partition."
    )
    assert message.hint == "Take the projections away, and subscribe to its changes."


def test_their_order_is_part_of_what_is_declared():
    one, other = Audit(projections=["a", "b"]), Audit(projections=["b", "a"])
    assert one != other
    assert one == Audit(projections=("a", "b"))
    assert repr(Audit()) == repr(Audit(projections=[]))
    assert "projections=['a', 'b']" in repr(one)
