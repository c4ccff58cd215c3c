"""Whatever was written: taken back, newest first, it is as if it had never been."""

from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capture.events import execute
from tests.captured.models import Category, Customer, Product
from tests.example.models import Book, Publisher, Tag
from tests.reading.tables import last_event, revert_since, rows_of

pytestmark = pytest.mark.django_db

TABLES = [
    "captured_category",
    "captured_customer",
    "captured_order",
    "captured_product",
    "captured_seat",
    "library_book",
    "library_book_tags",
    "library_publisher",
]
few = st.integers(1, 4)
code = st.sampled_from("abcd")
maybe = st.none() | few


def sql(statement):
    return lambda *parameters: execute(statement, parameters)


def delete(model):
    return lambda pk: model.objects.filter(pk=pk).delete()


def link(book, tags):
    Book.objects.get(pk=book).tags.set(tags)


def swap_names(one, other):
    """Two rows that are never both without a name of their own."""
    customers = Customer.objects.in_bulk([one, other])
    if one != other and len(customers) == 2:
        rename = sql("UPDATE captured_customer SET name = %s WHERE id = %s")
        rename("", one)
        rename(customers[one].name, other)
        rename(customers[other].name, one)


WRITES = [
    (swap_names, few, few),
    (sql("INSERT INTO captured_customer VALUES (%s, %s)"), few, code),
    (sql("UPDATE captured_customer SET name = %s WHERE id = %s"), code, few),
    (sql("UPDATE captured_customer SET id = %s, email = %s WHERE id = %s"), few, code, few),
    (delete(Customer), few),
    (sql("INSERT INTO captured_order VALUES (%s, %s, %s)"), few, few, maybe),
    (sql("UPDATE captured_order SET total = total + 1, customer_id = %s"), maybe),
    (sql("DELETE FROM captured_order WHERE id = %s"), few),
    (sql("INSERT INTO captured_category VALUES (%s, %s)"), code, st.none() | code),
    (sql("UPDATE captured_category SET code = %s WHERE code = %s"), code, code),
    (sql("UPDATE captured_category SET parent_id = %s WHERE code = %s"), code, code),
    (delete(Category), code),
    (sql("INSERT INTO captured_seat VALUES (%s, %s)"), code, few),
    (sql("UPDATE captured_seat SET number = %s WHERE hall = %s AND number = %s"), few, code, few),
    (sql("UPDATE captured_seat SET guest = %s"), code),
    (sql("DELETE FROM captured_seat WHERE number = %s"), few),
    (sql("INSERT INTO captured_product VALUES (%s, %s, %s)"), few, code, maybe),
    (sql("UPDATE captured_product SET price = %s, colour = %s WHERE id = %s"), maybe, code, few),
    (sql("UPDATE captured_product SET id = %s WHERE id = %s"), few, few),
    (delete(Product), few),
    (sql("INSERT INTO library_publisher VALUES (%s, %s)"), few, code),
    (sql("UPDATE library_publisher SET name = %s WHERE id = %s"), code, few),
    (delete(Publisher), few),
    (sql("INSERT INTO library_book VALUES (%s, %s, 1, %s)"), few, code, maybe),
    (sql("UPDATE library_book SET publisher_id = %s, title = %s"), maybe, code),
    (delete(Book), few),
    (link, few, st.sets(few)),
]
writes = st.lists(
    st.one_of(*[st.tuples(st.just(write), *parameters) for write, *parameters in WRITES]),
    max_size=25,
)
often = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def run(done):
    """The writes that the constraints let pass."""
    for write, *parameters in done:
        with suppress(IntegrityError, Book.DoesNotExist), transaction.atomic():
            write(*parameters)
            connection.check_constraints()


@often
@given(before=writes, after=writes)
@pytest.mark.parametrize("one_by_one", [False, True], ids=["transaction", "events"])
def test_the_first_state_is_back(one_by_one, before, after):
    with transaction.atomic():
        Tag.objects.bulk_create(Tag(pk=pk, name=str(pk)) for pk in range(1, 5))
        run(before)
        first, start = rows_of(TABLES), last_event()
        run(after)
        second, middle = rows_of(TABLES), last_event()
        revert_since(start, one_by_one=one_by_one, force=True)
        assert rows_of(TABLES) == first
        revert_since(middle, one_by_one=one_by_one, force=True)
        assert rows_of(TABLES) == second
        transaction.set_rollback(True)
