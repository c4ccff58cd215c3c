"""Capturing does not depend on the session around it, nor on how wide the table is."""

import json

import pytest

from tests.capture.events import (
    copy,
    deleted,
    execute,
    inserted,
    query,
    recorded,
    truncated,
    updated,
)
from tests.captured.models import Customer, Product, Wide60, Wide120

pytestmark = pytest.mark.django_db


def customer(pk, name="Ann"):
    return {"id": pk, "name": name, "email": None}


def product(pk, name, colour):
    return {"id": pk, "name": name, "price": None, "colour": colour, "attributes": None}


@pytest.mark.parametrize("path", ["", "pg_catalog", "pg_temp, nowhere"])
def test_search_path_that_does_not_find_the_table(path):
    with recorded() as events:
        query("SELECT set_config('search_path', %s, true)", [path])
        execute("INSERT INTO public.captured_customer (id, name) VALUES (1, 'Ann'), (2, 'Bob')")
        execute("UPDATE public.captured_customer SET name = 'Cem' WHERE id = 2")
        execute("DELETE FROM public.captured_customer WHERE id = 2")
        copy("COPY public.captured_product (id, name) FROM STDIN", "1\tPen\n")
        execute("UPDATE public.captured_product SET colour = 'red'")
        execute("TRUNCATE public.captured_customer")
        query("SELECT set_config('search_path', 'public', true)")
    assert events == [
        inserted("captured_customer", "1", customer(1)),
        inserted("captured_customer", "2", customer(2, "Bob")),
        updated("captured_customer", "2", customer(2, "Bob"), customer(2, "Cem")),
        deleted("captured_customer", "2", customer(2, "Cem")),
        inserted("captured_product", "1", product(1, "Pen", None)),
        updated("captured_product", "1", {"colour": None}, {"colour": "red"}),
        truncated("captured_customer"),
    ]


def test_caller_with_an_empty_search_path_of_its_own():
    execute(
        "CREATE FUNCTION add_ann() RETURNS void LANGUAGE sql SECURITY DEFINER"
        " SET search_path = '' AS"
        " $$ INSERT INTO public.captured_customer (id, name) VALUES (1, 'Ann') $$"
    )
    with recorded() as events:
        query("SELECT add_ann()")
    assert events == [inserted("captured_customer", "1", customer(1))]


def test_context_that_a_client_tells():
    told = {"user": "ann", "reason": 'it\'s "quoted" 🐘'}
    query("SELECT set_config('trigger_audit.context', %s, true)", [json.dumps(told)])
    with recorded() as events:
        Customer.objects.bulk_create([Customer(pk=1, name="Ann"), Customer(pk=2, name="Bob")])
        Customer.objects.filter(pk=2).update(name="Cem")
        Customer.objects.filter(pk=2).delete()
        execute("TRUNCATE captured_customer")
    assert events == [
        inserted("captured_customer", "1", customer(1), context=told),
        inserted("captured_customer", "2", customer(2, "Bob"), context=told),
        updated("captured_customer", "2", customer(2, "Bob"), customer(2, "Cem"), context=told),
        deleted("captured_customer", "2", customer(2, "Cem"), context=told),
        truncated("captured_customer", context=told),
    ]


def test_user_is_the_one_of_the_session():
    execute("CREATE ROLE clerk")
    execute("GRANT INSERT ON captured_customer TO clerk")
    execute("SET LOCAL ROLE clerk")
    execute("INSERT INTO captured_customer (id, name) VALUES (1, 'Ann')")
    execute("RESET ROLE")
    (session_user,) = query("SELECT session_user")
    assert query("SELECT db_user FROM trigger_audit_event") == (session_user,)


def test_settings_of_the_session_stay_as_they_were():
    """The function sets several for itself, and only for itself."""
    names = ["search_path", "jit", "enable_nestloop", "TimeZone", "DateStyle", "IntervalStyle"]
    names += ["bytea_output", "extra_float_digits"]
    shown = "SELECT array_agg(current_setting(name) ORDER BY name) FROM unnest(%s::text[]) AS name"
    execute("SET LOCAL \"TimeZone\" = 'Asia/Kolkata'")
    before = query(shown, [names])
    Customer.objects.create(name="Ann")
    assert query(shown, [names]) == before


@pytest.mark.parametrize("width", [60, 120])
@pytest.mark.parametrize("level", ["statement", "row"])
def test_wide_table(audit, width, level):
    wide = {60: Wide60, 120: Wide120}[width]
    table = wide._meta.db_table
    audit(wide, level=level)
    first = {"id": 1, **{f"column_{number}": number for number in range(width)}}
    second = {"id": 1, **{f"column_{number}": -number for number in range(width)}}
    with recorded() as events:
        wide.objects.create(**first)
        wide.objects.update(**second)
        wide.objects.all()._raw_delete(using="default")
    assert events == [
        inserted(table, "1", first),
        updated(table, "1", first, second),
        deleted(table, "1", second),
    ]


@pytest.mark.parametrize("level", ["statement", "row"])
def test_wide_table_of_which_changes_are_kept(audit, level):
    audit(Wide120, images="changes", level=level, redact=["column_119"])
    wide = Wide120.objects.create(pk=1)
    with recorded() as events:
        Wide120.objects.update(column_0=1, column_49=2, column_50=3, column_119=4)
        Wide120.objects.update(**{f"column_{number}": 7 for number in range(119)})
        wide.delete()
    few = {"column_0": 1, "column_49": 2, "column_50": 3}
    nulls = dict.fromkeys(few)
    before = {f"column_{number}": None for number in range(119)} | few
    sevens = {f"column_{number}": 7 for number in range(119)}
    assert events == [
        updated(
            "captured_wide120",
            "1",
            {**nulls, "column_119": None},
            {**few, "column_119": "[redacted: changed]"},
        ),
        updated("captured_wide120", "1", before, sevens),
        deleted("captured_wide120", "1", {"id": 1, **sevens, "column_119": "[redacted]"}),
    ]


def test_columns_in_another_order_than_the_model_has_them(audit):
    """As a table has them after a migration dropped a column and added it again."""
    execute("ALTER TABLE captured_product DROP COLUMN colour, ADD COLUMN colour text")
    audit(Product)
    with recorded() as events:
        execute("INSERT INTO captured_product (id, name, colour) VALUES (1, 'Pen', 'red')")
        execute("UPDATE captured_product SET name = 'Cap'")
    assert events == [
        inserted("captured_product", "1", product(1, "Pen", "red")),
        updated("captured_product", "1", product(1, "Pen", "red"), product(1, "Cap", "red")),
    ]


def test_column_that_was_added_by_hand_is_no_part_of_the_events():
    execute("ALTER TABLE captured_customer ADD COLUMN extra text DEFAULT 'x'")
    with recorded() as events:
        execute("INSERT INTO captured_customer (id, name) VALUES (1, 'Ann')")
        execute("UPDATE captured_customer SET extra = 'y'")
    assert events == [inserted("captured_customer", "1", customer(1))]
