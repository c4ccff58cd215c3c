"""A condition decides on inserts, updates and deletes alike; an image that is not there is null."""

import pgtrigger
import pytest

from tests.capture.events import deleted, execute, inserted, recorded, updated
from tests.captured.models import Customer, Unaudited

pytestmark = pytest.mark.django_db

TABLE = "captured_unaudited"


@pytest.fixture(params=["statement", "row"])
def level(request):
    return request.param


def row(pk, status=None, amount=None, customer_id=None):
    return {"id": pk, "status": status, "amount": amount, "customer_id": customer_id}


def test_new_value_on_insert_update_and_delete(audit, level):
    audit(Unaudited, condition=pgtrigger.Q(new__status="published"), level=level)
    with recorded() as events:
        execute(f"INSERT INTO {TABLE} (id, status) VALUES (1, 'draft'), (2, 'published')")
        execute(f"UPDATE {TABLE} SET status = 'published', amount = 1")
        execute(f"UPDATE {TABLE} SET status = 'draft'")
        execute(f"DELETE FROM {TABLE}")
    assert sorted(events) == [
        inserted(TABLE, "2", row(2, "published")),
        updated(TABLE, "1", row(1, "draft"), row(1, "published", 1)),
        updated(TABLE, "2", row(2, "published"), row(2, "published", 1)),
    ]


def test_old_value_on_insert_update_and_delete(audit, level):
    audit(Unaudited, condition=pgtrigger.Q(old__status="published"), level=level)
    with recorded() as events:
        execute(f"INSERT INTO {TABLE} (id, status) VALUES (1, 'draft'), (2, 'published')")
        execute(f"UPDATE {TABLE} SET amount = 1")
        execute(f"DELETE FROM {TABLE}")
    assert events == [
        updated(TABLE, "2", row(2, "published"), row(2, "published", 1)),
        deleted(TABLE, "2", row(2, "published", 1)),
    ]


def test_missing_image_counts_as_null(audit, level):
    audit(Unaudited, condition=pgtrigger.Q(old__id__isnull=True), level=level)
    with recorded() as events:
        execute(f"INSERT INTO {TABLE} (id) VALUES (1)")
        execute(f"UPDATE {TABLE} SET amount = 1")
        execute(f"DELETE FROM {TABLE}")
    assert events == [inserted(TABLE, "1", row(1))]


def test_missing_new_image_counts_as_null(audit, level):
    audit(Unaudited, condition=pgtrigger.Q(new__id__isnull=True), level=level)
    with recorded() as events:
        execute(f"INSERT INTO {TABLE} (id) VALUES (1)")
        execute(f"UPDATE {TABLE} SET amount = 1")
        execute(f"DELETE FROM {TABLE}")
    assert events == [deleted(TABLE, "1", row(1, None, 1))]


AMOUNT_GREW = pgtrigger.Q(old__amount__lt=pgtrigger.F("new__amount"))
STATUS_CHANGED = pgtrigger.Q(old__status__df=pgtrigger.F("new__status"))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (AMOUNT_GREW, ["grow", "both"]),
        (STATUS_CHANGED, ["insert", "status", "both", "delete"]),
        (AMOUNT_GREW & STATUS_CHANGED, ["both"]),
        (AMOUNT_GREW | STATUS_CHANGED, ["insert", "grow", "status", "both", "delete"]),
        (STATUS_CHANGED & ~AMOUNT_GREW, ["insert", "status"]),
        (pgtrigger.AnyChange("status"), ["insert", "status", "both", "delete"]),
        (pgtrigger.AnyChange("status", "amount"), ["insert", "grow", "status", "both", "delete"]),
        (pgtrigger.AnyChange(), ["insert", "grow", "status", "both", "owner", "delete"]),
        (pgtrigger.AllChange("status", "amount"), ["insert", "both", "delete"]),
        (pgtrigger.AnyDontChange("status"), ["grow", "owner"]),
        (~pgtrigger.AnyChange("status"), ["grow", "owner"]),
        (pgtrigger.AnyChange("customer"), ["owner", "delete"]),
        (pgtrigger.Q(new__customer=7), ["owner"]),
        (pgtrigger.Q(new__customer_id__in=[7, 8]), ["owner"]),
        (pgtrigger.Q(old__customer__isnull=False), ["delete"]),
        (pgtrigger.Q(new__amount__range=(3, 4)), ["both", "owner"]),
        (pgtrigger.Condition("NEW.amount > OLD.amount"), ["grow", "both"]),
        (pgtrigger.Condition("OLD IS NULL"), ["insert"]),
        (
            pgtrigger.Condition("OLD.* IS DISTINCT FROM NEW.* AND true"),
            ALL := ["insert", "grow", "status", "both", "owner", "delete"],
        ),
        (pgtrigger.Condition("false OR true"), ALL),
        (pgtrigger.Condition("NULL"), []),
        (pgtrigger.Condition('new.status = $$b$$ OR "new"."amount" = 2'), ["grow", "status"]),
    ],
)
def test_what_a_condition_lets_through(audit, level, condition, expected):
    audit(Unaudited, condition=condition, level=level)
    statements = {
        "insert": f"INSERT INTO {TABLE} (id, status, amount) VALUES (1, 'a', 1)",
        "grow": f"UPDATE {TABLE} SET amount = 2",
        "status": f"UPDATE {TABLE} SET status = 'b'",
        "both": f"UPDATE {TABLE} SET status = 'c', amount = 3",
        "owner": f"UPDATE {TABLE} SET customer_id = 7",
        "delete": f"DELETE FROM {TABLE}",
    }
    assert [name for name, statement in statements.items() if recorded_by(statement)] == expected


def recorded_by(statement):
    with recorded() as events:
        execute(statement)
    return events


@pytest.mark.parametrize(
    "status",
    [
        "it's",
        'say "no"',
        "100%",
        "%s %(name)s %%",
        "C:\\temp\\new",
        "\\'",
        "$body$".replace("body", "other"),
        ":condition :'literal' :\"schema\" ::text",
        "-- condition",
        "a\n-- condition\nb -- statement level\n-- row level: c",
        'OLD NEW OLD."status"',
        "emoji 🐘",
        "{} {0} ${x}",
    ],
    ids=ascii,
)
def test_value_of_a_condition_may_be_any_text(audit, level, status):
    audit(Unaudited, condition=pgtrigger.Q(new__status=status), level=level)
    with recorded() as events:
        Unaudited.objects.create(pk=1, status=status)
        Unaudited.objects.create(pk=2, status=status + "?")
    assert events == [inserted(TABLE, "1", row(1, status))]


def test_column_that_is_not_audited_may_decide(audit, level):
    audit(Unaudited, fields=["amount"], condition=pgtrigger.Q(new__status="on"), level=level)
    with recorded() as events:
        execute(f"INSERT INTO {TABLE} (id, status, amount) VALUES (1, 'on', 1), (2, 'off', 2)")
        execute(f"UPDATE {TABLE} SET status = 'on', amount = amount + 1")
    assert sorted(events) == [
        inserted(TABLE, "1", {"amount": 1}),
        updated(TABLE, "1", {"amount": 1}, {"amount": 2}),
        updated(TABLE, "2", {"amount": 2}, {"amount": 3}),
    ]


def test_many_rows_of_one_statement(audit, level):
    audit(Unaudited, condition=pgtrigger.Q(new__amount__gt=990), level=level)
    with recorded() as events:
        execute(f"INSERT INTO {TABLE} (id, amount) SELECT n, n FROM generate_series(1, 1000) AS n")
    assert events == [inserted(TABLE, str(n), row(n, None, n)) for n in range(991, 1001)]


def test_reference_to_another_table_does_not_need_its_rows(audit, level):
    customer = Customer.objects.create(name="Ann")
    audit(Unaudited, condition=pgtrigger.Q(new__customer=customer.pk), level=level)
    with recorded() as events:
        execute(f"INSERT INTO {TABLE} (id, customer_id) VALUES (1, {customer.pk}), (2, 0)")
    assert events == [inserted(TABLE, "1", row(1, customer_id=customer.pk))]
