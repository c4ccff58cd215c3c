"""Every difference is a change, also one that PostgreSQL's = and IS DISTINCT FROM do not see."""

import pgtrigger
import pytest
from django.db import models

from tests.capture.events import Exactly, execute, inserted, recorded, updated
from tests.capture.tables import model, typed
from tests.captured.models import Product, Unaudited
from trigger_audit import Audit
from trigger_audit.triggers import compile_audit

pytestmark = pytest.mark.django_db

OVERLOOKED = [
    ("numeric", "1.0", "1.00", Exactly("1.0"), Exactly("1.00")),
    ("numeric(12, 2)", "1", "1.01", Exactly("1.00"), Exactly("1.01")),
    ("numeric(12, 4)[]", "{1}", "{2}", [Exactly("1.0000")], [Exactly("2.0000")]),
    ("numeric[]", "{1.0}", "{1.00}", [Exactly("1.0")], [Exactly("1.00")]),
    ("numrange", "[1.0,2)", "[1.00,2)", "[1.0,2)", "[1.00,2)"),
    ("double precision", "0", "-0", 0, 0),
    ("jsonb", '{"a": 1.0}', '{"a": 1.00}', {"a": Exactly("1.0")}, {"a": Exactly("1.00")}),
    ("json", '{"a": 1}', '{"a":  1}', '{"a": 1}', '{"a":  1}'),
    ("json", r'"\u0000"', r'"\u0000 "', r'"\u0000"', r'"\u0000 "'),
    ("interval", "1 day", "24 hours", "1 day", "24:00:00"),
    ("interval", "1 mon", "30 days", "1 mon", "30 days"),
    ("point", "(1,2)", "(1,3)", "(1,2)", "(1,3)"),
    ("box", "(0,0),(1,4)", "(0,0),(2,2)", "(1,4),(0,0)", "(2,2),(0,0)"),
    ("time with time zone", "12:00+00", "13:00+01", "12:00:00+00", "13:00:00+01"),
    ("text", "a", "A", "a", "A"),
    ("char(3)", "a", "b", "a  ", "b  "),
    ("tsvector", "a:1", "a:2", "'a':1", "'a':2"),
]


def ids(values):
    return [" ".join(map(str, value[:3])) for value in values]


@pytest.fixture(params=["statement", "row"])
def level(request):
    return request.param


@pytest.mark.parametrize("images", ["full", "changes"])
@pytest.mark.parametrize("change", OVERLOOKED, ids=ids(OVERLOOKED))
def test_change_that_equality_overlooks(audit, level, images, change):
    column_type, before, after, old, new = change
    audit(typed(column_type), level=level, images=images)
    execute("INSERT INTO captured_typed VALUES (1, %s)", [before])
    with recorded() as events:
        execute("UPDATE captured_typed SET value = %s", [after])
        execute("UPDATE captured_typed SET value = %s", [after])
    key = {"id": 1} if images == "full" else {}
    assert events == [updated("captured_typed", "1", {**key, "value": old}, {**key, "value": new})]


@pytest.mark.parametrize("change", OVERLOOKED, ids=ids(OVERLOOKED))
def test_redacted_change_that_equality_overlooks(audit, change):
    column_type, before, after, _, _ = change
    audit(typed(column_type), redact=["value"])
    execute("INSERT INTO captured_typed VALUES (1, %s)", [before])
    with recorded() as events:
        execute("UPDATE captured_typed SET value = %s", [after])
    old, new = {"id": 1, "value": "[redacted]"}, {"id": 1, "value": "[redacted: changed]"}
    assert events == [updated("captured_typed", "1", old, new)]


@pytest.mark.contrib
@pytest.mark.parametrize("images", ["full", "changes"])
def test_case_of_citext(audit, images):
    execute("CREATE EXTENSION citext")
    audit(typed("citext"), images=images)
    execute("INSERT INTO captured_typed VALUES (1, 'ann')")
    with recorded() as events:
        execute("UPDATE captured_typed SET value = 'Ann'")
    key = {"id": 1} if images == "full" else {}
    assert events == [
        updated("captured_typed", "1", {**key, "value": "ann"}, {**key, "value": "Ann"})
    ]


def test_columns_with_a_collation_are_compared_byte_by_byte():
    """A collation may take different texts for equal; see the next test."""
    exact = compile_audit(model("Exact", value=models.TextField()), Audit(images="changes"))
    collated = model("Collated", value=models.TextField(db_collation="caseless"))
    assert 'OLD."value" IS DISTINCT FROM NEW."value"' in str(exact.sql)
    collated_sql = str(compile_audit(collated, Audit(images="changes")).sql)
    assert 'ROW(OLD."value")::record *<> ROW(NEW."value")::record' in collated_sql
    assert "IS DISTINCT FROM NEW" not in collated_sql.replace('"id" IS DISTINCT FROM NEW."id"', "")


@pytest.mark.parametrize(
    ("digits", "is_managed", "is_exact"),
    [
        ((12, 2), True, True),
        ((12, 0), True, True),
        ((12, 2), False, False),
        ((65535, 65535), True, False),
    ],
)
def test_numbers_of_one_scale_are_compared_by_their_equality(digits, is_managed, is_exact):
    """Unless the scale may not be the column's: inspectdb makes one up for those without."""
    field = models.DecimalField(max_digits=digits[0], decimal_places=digits[1])
    priced = model("Priced", value=field)
    priced._meta.managed = is_managed
    sql = str(compile_audit(priced, Audit(images="changes")).sql)
    assert ('OLD."value" IS DISTINCT FROM NEW."value"' in sql) == is_exact
    assert ('ROW(OLD."value")::record *<> ROW(NEW."value")::record' in sql) != is_exact


GUESSED = [
    ("box", "(0,0),(1,4)", "(0,0),(2,2)", "(1,4),(0,0)", "(2,2),(0,0)"),
    ("numeric", "1.0", "1.00", Exactly("1.0"), Exactly("1.00")),
    ("json", '{"a": 1}', '{"a":  1}', {"a": 1}, {"a": 1}),
    ("point", "(1,2)", "(1,3)", "(1,2)", "(1,3)"),
]


@pytest.mark.parametrize("change", GUESSED, ids=ids(GUESSED))
def test_columns_of_unmanaged_models_may_be_of_another_type(audit, level, change):
    """For types that it does not know, inspectdb writes TextField."""
    column_type, before, after, old, new = change
    execute(f"CREATE TABLE captured_typed (id bigint PRIMARY KEY, value {column_type})")
    guessed = model("Typed", value=models.TextField(null=True))
    guessed._meta.managed = False
    audit(guessed, images="changes", level=level)
    execute("INSERT INTO captured_typed VALUES (1, %s)", [before])
    with recorded() as events:
        execute("UPDATE captured_typed SET id = id")
        execute("UPDATE captured_typed SET value = %s", [after])
    assert events == [updated("captured_typed", "1", {"value": old}, {"value": new})]


def test_a_collation_is_found_behind_relations_and_expressions():
    apart = {"db_collation": "caseless"}
    code = models.TextField(primary_key=True, **apart)
    target = model("Target", code=code)
    link = model("Link", target=models.OneToOneField(target, models.CASCADE, primary_key=True))
    for field in (
        models.ForeignKey(link, models.CASCADE, db_column="value"),
        models.GeneratedField(
            expression=models.F("base"), output_field=models.TextField(**apart), db_persist=True
        ),
    ):
        found = model("Found", base=models.TextField(), value=field)
        sql = str(compile_audit(found, Audit(exclude=["base"], images="changes")).sql)
        assert 'ROW(OLD."value")::record *<> ROW(NEW."value")::record' in sql


@pytest.mark.services
@pytest.mark.parametrize("images", ["full", "changes"])
def test_case_under_a_collation_that_ignores_it(audit, images):
    """The wheels' servers are built without ICU."""
    execute(
        "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2',"
        " deterministic = false)"
    )
    typed("text COLLATE caseless")
    audit(model("Typed", value=models.TextField(db_collation="caseless")), images=images)
    execute("INSERT INTO captured_typed VALUES (1, 'ann')")
    with recorded() as events:
        execute("UPDATE captured_typed SET value = 'Ann' WHERE value = 'ANN'")
    key = {"id": 1} if images == "full" else {}
    assert events == [
        updated("captured_typed", "1", {**key, "value": "ann"}, {**key, "value": "Ann"})
    ]


def product(pk, **changes):
    return {"id": pk, "name": "Pen", "price": None, "colour": None, "attributes": None, **changes}


def changed(pk, old, new):
    return updated("captured_product", str(pk), old, new)


@pytest.mark.proof
def test_changes_are_exactly_the_changed_columns():
    with recorded() as events:
        pen = Product.objects.create(name="Pen")
        pk = pen.pk
        Product.objects.update(price="9.90")
        Product.objects.update(price="9.90", colour="red")
        Product.objects.update(price=None, colour="red")
        Product.objects.update(name="Pencil", price="1.00", colour=None)
        pen.delete()
    assert [event.op for event in events] == ["INSERT", *["UPDATE"] * 4, "DELETE"]
    assert events == [
        inserted("captured_product", str(pk), product(pk)),
        changed(pk, {"price": None}, {"price": Exactly("9.90")}),
        changed(pk, {"colour": None}, {"colour": "red"}),
        changed(pk, {"price": Exactly("9.90")}, {"price": None}),
        changed(
            pk,
            {"name": "Pen", "price": None, "colour": "red"},
            {"name": "Pencil", "price": Exactly("1.00"), "colour": None},
        ),
        events[-1],
    ]
    assert events[-1].old == product(pk, name="Pencil", price=Exactly("1.00"))


def test_nulls_inside_json_are_values():
    pk = Product.objects.create(name="Pen", attributes={"ink": None, "tip": 1}).pk
    with recorded() as events:
        Product.objects.update(attributes={"ink": None, "tip": None})
        execute("UPDATE captured_product SET attributes = 'null'")
        execute("UPDATE captured_product SET attributes = NULL")
        execute("UPDATE captured_product SET attributes = NULL")
    assert events == [
        changed(
            pk,
            {"attributes": {"ink": None, "tip": 1}},
            {"attributes": {"ink": None, "tip": None}},
        ),
        changed(pk, {"attributes": {"ink": None, "tip": None}}, {"attributes": None}),
        changed(pk, {"attributes": None}, {"attributes": None}),
    ]


def test_each_row_of_a_statement_tells_its_own_changes():
    for pk, name, colour in [(1, "Pen", "red"), (2, "Ink", None), (3, "Cap", "blue")]:
        Product.objects.create(pk=pk, name=name, colour=colour)
    with recorded() as events:
        execute("UPDATE captured_product SET name = 'Pen', colour = 'red', price = NULL")
    assert sorted(events) == [
        changed(2, {"name": "Ink", "colour": None}, {"name": "Pen", "colour": "red"}),
        changed(3, {"name": "Cap", "colour": "blue"}, {"name": "Pen", "colour": "red"}),
    ]


def test_changed_key_is_among_the_changes():
    Product.objects.create(pk=1, name="Pen")
    with recorded() as events:
        execute("UPDATE captured_product SET id = 2")
    assert events == [changed(1, {"id": 1}, {"id": 2})]


def test_changes_and_the_live_row_give_the_full_image(audit):
    """Going back from the live row, each event's old values put the former row together."""
    audit(Unaudited, images="changes")
    states = [("a", 1), ("a", 2), (None, 2), (None, None), ("b", 3)]
    pk = Unaudited.objects.create(status="a", amount=1).pk
    with recorded() as events:
        for status, amount in states[1:]:
            Unaudited.objects.filter(pk=pk).update(status=status, amount=amount)
    row = Unaudited.objects.values("status", "amount").get()
    for (status, amount), event in zip(reversed(states[:-1]), reversed(events), strict=True):
        row |= event.old
        assert row == {"status": status, "amount": amount}


def test_condition_and_changes_together(audit):
    audit(Unaudited, images="changes", condition=pgtrigger.AnyChange("amount"))
    pk = Unaudited.objects.create(status="a").pk
    with recorded() as events:
        Unaudited.objects.update(status="b")
        Unaudited.objects.update(status="c", amount=1)
    old, new = {"status": "b", "amount": None}, {"status": "c", "amount": 1}
    assert events == [updated("captured_unaudited", str(pk), old, new)]
