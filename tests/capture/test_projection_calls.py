"""When projections are called, with which rows, and what becomes of the write if they fail."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, ProgrammingError, transaction

from tests.capture.events import copy, execute, recorded
from tests.capture.projections import CALLS, FUNCTIONS, TABLES, calls, kept, live, project
from tests.captured.models import ExpressParcel, Label, Parcel, Patient
from tests.example.models import Book, Publisher

pytestmark = pytest.mark.django_db


@pytest.fixture
def patients(db, monkeypatch):
    execute(CALLS)
    project(monkeypatch, Patient, "first", "Second")


def patient(pk, name, ailment="flu", notes=None):
    return {"id": pk, "name": name, "ailment": ailment, "notes": notes}


def call(op, old=None, new=None, events=0, table_name="captured_patient"):
    """A call of the first function, and then of the second."""
    return [
        ("first", table_name, op, old, new, events),
        ("Second", table_name, op, None, None, None),
    ]


def test_whole_rows_in_the_declared_order_after_the_events(patients):
    Patient.objects.bulk_create([Patient(**patient(1, "Ann", notes="x")), Patient(pk=2, name="Bo")])
    ann, bo = patient(1, "Ann", notes="x"), patient(2, "Bo", None)
    assert calls() == call("INSERT", None, [ann, bo], 2)
    Patient.objects.filter(pk=1).update(notes="y")
    assert calls() == call("UPDATE", [ann], [{**ann, "notes": "y"}], 0)
    Patient.objects.update(name="Cy")
    ann = {**ann, "notes": "y"}
    renamed = [{**ann, "name": "Cy"}, {**bo, "name": "Cy"}]
    assert calls() == call("UPDATE", [ann, bo], renamed, 2)
    Patient.objects.filter(pk=2).delete()
    assert calls() == call("DELETE", [renamed[1]], None, 1)
    execute("TRUNCATE captured_patient")
    assert calls() == call("TRUNCATE", None, None, 1)


def test_statements_that_touch_no_row(patients):
    execute("INSERT INTO captured_patient SELECT * FROM captured_patient")
    execute("UPDATE captured_patient SET name = ''")
    execute("DELETE FROM captured_patient")
    copy("COPY captured_patient FROM STDIN", "")
    assert calls() == [
        *call("INSERT", None, []),
        *call("UPDATE", [], []),
        *call("DELETE", []),
        *call("INSERT", None, []),
    ]


def test_upserts_are_two_statements(patients):
    execute("INSERT INTO captured_patient VALUES (1, 'Ann', 'flu')")
    calls()
    execute(
        "INSERT INTO captured_patient VALUES (1, 'Bo', 'flu'), (2, 'Cy', 'flu')"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name"
    )
    assert sorted(calls()) == sorted(
        [
            *call("INSERT", None, [patient(2, "Cy")], 2),
            *call("UPDATE", [patient(1, "Ann")], [patient(1, "Bo")], 1),
        ]
    )


def test_a_class_that_inherits_writes_two_tables(db, monkeypatch):
    execute(CALLS)
    project(monkeypatch, Parcel, "first", "Second")
    project(monkeypatch, ExpressParcel, "first", "Second")
    parcel = ExpressParcel(pk=1, weight=5, hours=24)
    parcel.save(force_insert=(Parcel, ExpressParcel))
    tables = "captured_parcel", "captured_expressparcel"
    rows = {"id": 1, "weight": 5}, {"parcel_ptr_id": 1, "hours": 24}
    assert calls() == [
        *call("INSERT", None, [rows[0]], 1, tables[0]),
        *call("INSERT", None, [rows[1]], 1, tables[1]),
    ]
    parcel.labels.add(Label.objects.create(name="fragile"))
    assert calls() == []
    parcel.hours = 12
    parcel.save(update_fields=["hours"])
    changed = {**rows[1], "hours": 12}
    assert calls() == call("UPDATE", [rows[1]], [changed], 1, tables[1])


def test_if_one_fails_nothing_is_written(db, monkeypatch):
    execute(TABLES + FUNCTIONS)
    execute("""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF EXISTS (SELECT FROM new_rows WHERE title = 'no') THEN
                RAISE 'refused';
            END IF;
            RETURN NULL;
        END
        $body$
    """)
    project(monkeypatch, Book, "library_count_books", "library_list_books", "refuse")
    refused = pytest.raises(DatabaseError, match="refused")
    with recorded() as events, refused, transaction.atomic():
        Book.objects.create(title="no", price=5)
    assert events == []
    assert kept() == live() == [[], []]


def test_if_it_writes_its_own_table_it_is_called_again(db, monkeypatch):
    execute("""
        CREATE FUNCTION halve() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF TG_OP <> 'DELETE' THEN
                IF EXISTS (SELECT FROM new_rows WHERE price > 10) THEN
                    UPDATE library_book SET price = price / 2 WHERE price > 10;
                END IF;
            END IF;
            RETURN NULL;
        END
        $body$
    """)
    project(monkeypatch, Book, "halve")
    with recorded() as events:
        Book.objects.create(title="Emma", price=40)
    assert [(event.op, event.new["price"]) for event in events] == [
        ("INSERT", Decimal("40.00")),
        ("UPDATE", Decimal("20.00")),
        ("UPDATE", Decimal("10.00")),
    ]


@pytest.fixture
def clerk(db, monkeypatch):
    """A role that may write books, and nothing else."""
    execute(TABLES + FUNCTIONS)
    project(monkeypatch, Book, "library_count_books", "library_list_books")
    execute("CREATE ROLE test_clerk; GRANT SELECT, INSERT ON library_book TO test_clerk")
    Publisher.objects.create(pk=1, name="Ace")


INSERT = "INSERT INTO library_book (id, title, price, publisher_id) VALUES (1, 'Dune', 5, 1)"


def test_they_write_what_the_writer_may_not(clerk):
    execute(f"SET LOCAL ROLE test_clerk; {INSERT}; RESET ROLE")
    assert kept() == live() == [[(1, 1)], [(1, "Dune", 1, "Ace")]]


def test_or_they_have_the_rights_of_the_writer(clerk):
    execute("ALTER FUNCTION library_count_books() SECURITY INVOKER")
    with pytest.raises(ProgrammingError, match="permission denied for table library_publisher"):
        execute(f"SET LOCAL ROLE test_clerk; {INSERT}")


def test_nobody_puts_them_on_a_table_of_his_own(clerk):
    execute("CREATE SCHEMA test_clerk AUTHORIZATION test_clerk; SET LOCAL ROLE test_clerk")
    execute("CREATE TABLE test_clerk.book (id bigint)")
    with pytest.raises(ProgrammingError, match="permission denied for function"):
        execute(
            "CREATE TRIGGER forged AFTER TRUNCATE ON test_clerk.book"
            " EXECUTE FUNCTION public.library_list_books()"
        )
