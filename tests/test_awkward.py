"""Whatever tables, columns and keys are called, wherever a model comes from: events are whole."""

import re
import uuid

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.test.utils import isolate_apps

from tests.awkward.models import (
    ODD_COLUMNS,
    ODD_VALUES,
    PERCENT_COLUMNS,
    PERCENT_TABLES,
    TABLES,
    Car,
    Composite,
    Conditional,
    Grandchild,
    GroupProxy,
    Inherits,
    Linked,
    OddColumns,
    OddColumnsChanges,
    Overrides,
    Proxy,
    SameAgain,
    Silent,
    SwitchesOff,
    TextKey,
    Unmanaged,
    UuidKey,
    Vehicle,
    Wide,
    WideChanges,
)
from tests.capture.events import Event, deleted, execute, inserted, query, recorded, updated
from tests.example.models import Tag
from trigger_audit import Audit
from trigger_audit.triggers import compile_audit

pytestmark = pytest.mark.django_db


def in_catalog(names):
    """What PostgreSQL makes of them, once Django has put them in quotes."""
    quoted = [name if name[0] == name[-1] == '"' else f'"{name}"' for name in names]
    return [name[1:-1].replace('""', '"') for name in quoted]


def row(key, names, values):
    return {"id": key, **dict(zip(in_catalog(names), values, strict=True))}


def numbered(word, names):
    return [f"{word} {number}" for number in range(len(names))]


def by_field(values):
    return {f"field_{number}": value for number, value in enumerate(values)}


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def test_names_of_columns_reach_the_catalog():
    """Otherwise the tests after it would prove less than they seem to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM awkward_oddcolumns")
        names = [column.name for column in cursor.description]
    assert names == ["id", *in_catalog(ODD_COLUMNS)]
    assert max(len(name.encode()) for name in names) == 63


def test_odd_columns():
    before, after = numbered("old", ODD_COLUMNS), numbered("new", ODD_COLUMNS)
    with recorded() as events:
        odd = OddColumns.objects.create(**by_field(before))
        OddColumns.objects.update(**by_field(after))
        OddColumns.objects.all().delete()
    old, new = row(odd.pk, ODD_COLUMNS, before), row(odd.pk, ODD_COLUMNS, after)
    assert events == [
        inserted("awkward_oddcolumns", str(odd.pk), old),
        updated("awkward_oddcolumns", str(odd.pk), old, new),
        deleted("awkward_oddcolumns", str(odd.pk), new),
    ]


@pytest.mark.parametrize("number", range(len(ODD_COLUMNS)), ids=ODD_COLUMNS)
def test_each_odd_column_alone(number):
    odd = OddColumns.objects.create(**by_field([""] * len(ODD_COLUMNS)))
    changes = OddColumnsChanges.objects.create(**by_field(["secret"] * len(ODD_COLUMNS)))
    with recorded() as events:
        OddColumns.objects.filter(**{f"field_{number}": ""}).update(**{f"field_{number}": "x"})
        OddColumnsChanges.objects.update(**{f"field_{number}": "changed"})
    name = in_catalog(ODD_COLUMNS)[number]
    old = row(odd.pk, ODD_COLUMNS, [""] * len(ODD_COLUMNS))
    redacted = number % 2 == 0
    assert events == [
        updated("awkward_oddcolumns", str(odd.pk), old, {**old, name: "x"}),
        updated(
            "awkward_oddcolumnschanges",
            str(changes.pk),
            {name: "[redacted]" if redacted else "secret"},
            {name: "[redacted: changed]" if redacted else "changed"},
        ),
    ]


def test_percent_signs_in_the_names_of_columns():
    names = ", ".join(quoted(name) for name in PERCENT_COLUMNS)
    before, after = numbered("old", PERCENT_COLUMNS), numbered("new", PERCENT_COLUMNS)
    with recorded() as events:
        values = ", ".join(f"'{value}'" for value in before)
        execute(f"INSERT INTO awkward_percentcolumns (id, {names}) VALUES (7, {values})")
        values = ", ".join(f"'{value}'" for value in after)
        execute(f"UPDATE awkward_percentcolumns SET ({names}) = ROW ({values})")
        execute("DELETE FROM awkward_percentcolumns")
    old, new = row(7, PERCENT_COLUMNS, before), row(7, PERCENT_COLUMNS, after)
    assert events == [
        inserted("awkward_percentcolumns", "7", old),
        updated("awkward_percentcolumns", "7", old, new),
        deleted("awkward_percentcolumns", "7", new),
    ]


@pytest.mark.parametrize("class_name", [*TABLES, *PERCENT_TABLES])
def test_odd_tables_by_raw_sql(class_name):
    _, schema, name = {**TABLES, **PERCENT_TABLES}[class_name]
    table = f"{quoted(schema)}.{quoted(name)}"
    with recorded() as events:
        execute(f"INSERT INTO {table} (id, name) VALUES (3, 'a'), (4, 'b')")
        execute(f"UPDATE {table} SET name = 'c' WHERE id = 4")
        execute(f"DELETE FROM {table} WHERE id = 3")
        execute(f"TRUNCATE {table}")
    a, b, c = ({"id": key, "name": letter} for key, letter in [(3, "a"), (4, "b"), (4, "c")])
    assert events == [
        Event("INSERT", name, "3", None, a, table_schema=schema),
        Event("INSERT", name, "4", None, b, table_schema=schema),
        Event("UPDATE", name, "4", b, c, table_schema=schema),
        Event("DELETE", name, "3", a, None, table_schema=schema),
        Event("TRUNCATE", name, table_schema=schema),
    ]


@pytest.mark.parametrize("class_name", TABLES)
def test_odd_tables_by_the_orm(class_name):
    _, schema, name = TABLES[class_name]
    model = apps.get_model("awkward", class_name)
    with recorded() as events:
        instance = model.objects.create(name="a")
        instance.name = "b"
        instance.save()
        model.objects.all().delete()
    key = instance.pk
    a, b = {"id": key, "name": "a"}, {"id": key, "name": "b"}
    assert events == [
        Event("INSERT", name, str(key), None, a, table_schema=schema),
        Event("UPDATE", name, str(key), a, b, table_schema=schema),
        Event("DELETE", name, str(key), b, None, table_schema=schema),
    ]


def test_links_in_another_schema():
    one, two = Linked.objects.create(), Linked.objects.create()
    with recorded() as events:
        one.others.add(two)
        one.others.clear()
    (key,) = (event.old["id"] for event in events if event.op == "DELETE")
    link = {"id": key, "from_linked_id": one.pk, "to_linked_id": two.pk}
    assert events == [
        inserted("Linked things_others", str(key), link, table_schema="other"),
        deleted("Linked things_others", str(key), link, table_schema="other"),
    ]


def test_composite_keys():
    with recorded() as events:
        Composite.objects.create(row='a"b', number=1, note="x")
        Composite.objects.filter(pk=('a"b', 1)).update(note="y")
        Composite.objects.filter(pk=('a"b', 1)).update(number=2)
        Composite.objects.filter(pk=('a"b', 2)).delete()
    x, y, z = (
        {'Row "name"': 'a"b', "op": number, "note": note}
        for number, note in [(1, "x"), (1, "y"), (2, "y")]
    )
    assert events == [
        inserted("awkward_composite", '["a\\"b", 1]', x),
        updated("awkward_composite", '["a\\"b", 1]', x, y),
        updated("awkward_composite", '["a\\"b", 1]', y, z),
        deleted("awkward_composite", '["a\\"b", 2]', z),
    ]


def test_uuid_keys_that_are_not_audited_themselves():
    key = uuid.UUID("00000000-0000-0000-0000-0000000000AB")
    with recorded() as events:
        UuidKey.objects.create(id=key, name="a")
        UuidKey.objects.filter(pk=key).update(name="b")
        UuidKey.objects.filter(pk=key).delete()
    assert events == [
        inserted("awkward_uuidkey", str(key), {"name": "a"}),
        updated("awkward_uuidkey", str(key), {"name": "a"}, {"name": "b"}),
        deleted("awkward_uuidkey", str(key), {"name": "b"}),
    ]


@pytest.mark.parametrize(
    "key", ["", " ", "it's", 'a"b', "\\", "%s", "\N{BOOKS}", "a\nb", "k" * 2000]
)
def test_text_keys(key):
    parent = TextKey.objects.create(code="parent")
    with recorded() as events:
        child = TextKey.objects.create(code=key, parent=parent)
        child.parent = None
        child.save()
        child.delete()
    linked, unlinked = {"old": key, "new": "parent"}, {"old": key, "new": None}
    assert events == [
        inserted("awkward_textkey", key, linked),
        updated("awkward_textkey", key, linked, unlinked),
        deleted("awkward_textkey", key, unlinked),
    ]


def test_120_columns():
    before = {f"column_{number}": number for number in range(120)}
    after = {**before, "column_0": -1, "column_119": -1}
    with recorded() as events:
        wide = Wide.objects.create(**before)
        changes = WideChanges.objects.create(**before)
        for model in (Wide, WideChanges):
            model.objects.update(column_0=-1, column_119=-1)
            model.objects.all().delete()
    key, other = wide.pk, changes.pk
    ends = [{"column_0": 0, "column_119": 119}, {"column_0": -1, "column_119": -1}]
    assert events == [
        inserted("awkward_wide", str(key), {"id": key, **before}),
        inserted("awkward_widechanges", str(other), {"id": other, **before}),
        updated("awkward_wide", str(key), {"id": key, **before}, {"id": key, **after}),
        deleted("awkward_wide", str(key), {"id": key, **after}),
        updated("awkward_widechanges", str(other), *ends),
        deleted("awkward_widechanges", str(other), {"id": other, **after}),
    ]


def test_audit_of_an_abstract_base_inherited():
    tag = Tag.objects.create(name="new")
    with recorded() as events:
        thing = Inherits.objects.create(title="a", note="secret")
        thing.tags.add(tag)
    (link,) = (event.new for event in events[1:])
    assert events == [
        inserted("awkward_inherits", str(thing.pk), {"title": "a", "note": "[redacted]"}),
        inserted(
            "awkward_inherits_tags",
            str(link["id"]),
            {"id": link["id"], "inherits_id": thing.pk, "tag_id": tag.pk},
        ),
    ]


def test_audit_of_an_abstract_base_overridden_and_switched_off():
    tag = Tag.objects.create(name="new")
    with recorded() as events:
        overrides = Overrides.objects.create(title="a", note="b")
        overrides.tags.add(tag)
        silent = SwitchesOff.objects.create(title="a", note="b")
        silent.tags.add(tag)
    assert events == [inserted("awkward_overrides", str(overrides.pk), {"title": "a"})]


def test_audit_that_an_abstract_base_leaks_to_a_grandchild():
    with recorded() as events:
        grandchild = Grandchild.objects.create(title="a", note="secret", pages=5)
        grandchild.pages = 6
        grandchild.title = "b"
        grandchild.save()
    a, b = ({"title": title, "note": "[redacted]"} for title in "ab")
    assert events == [
        inserted("awkward_inherits", str(grandchild.pk), a),
        updated("awkward_inherits", str(grandchild.pk), a, b),
    ]


def test_each_table_of_multi_table_inheritance_audits_its_own_columns():
    with recorded() as events:
        car = Car.objects.create(name="a", doors=2)
        Car.objects.update(name="b", doors=4)
        car.delete()
    key = car.vehicle_ptr_id or events[0].new["id"]
    two, four = ({"vehicle_ptr_id": key, "doors": doors} for doors in (2, 4))
    a, b = ({"id": key, "name": name} for name in "ab")
    assert events == [
        # The condition on doors keeps the car with two of them out.
        inserted("awkward_vehicle", str(key), a),
        updated("awkward_car", str(key), two, four),
        updated("awkward_vehicle", str(key), a, b),
        deleted("awkward_car", str(key), four),
        deleted("awkward_vehicle", str(key), b),
    ]


def test_proxy_audits_the_table_of_its_base():
    with recorded() as events:
        silent = Silent.objects.create(name="a")
        Proxy.objects.update(name="b")
    a, b = ({"id": silent.pk, "name": name} for name in "ab")
    assert events == [
        inserted("awkward_silent", str(silent.pk), a),
        updated("awkward_silent", str(silent.pk), a, b),
    ]


def test_proxy_that_says_the_same_makes_no_second_trigger():
    with recorded() as events:
        vehicle = SameAgain.objects.create(name="a")
    assert events == [inserted("awkward_vehicle", str(vehicle.pk), {"id": vehicle.pk, "name": "a"})]
    assert query(
        "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'awkward_vehicle'::regclass"
        " AND NOT tgisinternal"
    ) == (4,)


def test_proxy_of_a_model_in_another_app_keeps_its_operations_at_home():
    with recorded() as events:
        group = GroupProxy.objects.create(name="a")
        Group.objects.update(name="b")
    assert events == [
        inserted("auth_group", str(group.pk), {"name": "a"}),
        updated("auth_group", str(group.pk), {"name": "a"}, {"name": "b"}),
    ]
    migration = MigrationLoader(connection).get_migration("awkward", "0002_initial")
    names = [getattr(operation, "model_name", None) for operation in migration.operations]
    assert "auth.Group" in names


def test_unmanaged_table():
    vehicle = Vehicle.objects.create(name="a")
    with recorded() as events:
        Unmanaged.objects.create(id=5, name="a", vehicle=vehicle)
        Unmanaged.objects.update(name="b")
    a, b = ({"id": 5, "name": name, "vehicle_id": vehicle.pk} for name in "ab")
    assert events == [
        inserted("awkward_unmanaged", "5", a),
        updated("awkward_unmanaged", "5", a, b),
    ]


def test_odd_values_in_a_condition():
    with recorded() as events:
        for name in [*ODD_VALUES, "another"]:
            Conditional.objects.create(name=name)
    assert [event.new["name"] for event in events] == ODD_VALUES


def test_images_are_made_in_the_order_in_which_jsonb_keeps_keys():
    OddColumns.objects.create(**by_field([""] * len(ODD_COLUMNS)))
    (keys,) = query(
        "SELECT array(SELECT jsonb_object_keys(new)) FROM trigger_audit_event "
        "WHERE table_name = 'awkward_oddcolumns' ORDER BY id DESC LIMIT 1"
    )
    (body,) = query(
        "SELECT prosrc FROM pg_proc WHERE proname = 'trigger_audit_capture_awkward_oddcolumns'"
    )
    image = body.partition("new_image.*")[2].partition(") AS new_image")[0]
    made = re.findall(r'^ *NEW\.".*" AS "(.*)"(?:,|$)', image, re.MULTILINE)
    assert [name.replace('""', '"') for name in made] == keys


def test_there_is_nothing_left_to_migrate():
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_all_of_it_backward_and_forward_again():
    functions = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'trigger\\_audit\\_capture\\_%'"
    before = query(functions)
    call_command("migrate", "awkward", "zero", verbosity=0)
    assert query(f"{functions} AND NOT proname ~ '_(library|captured|auth)_|_of$'") == (0,)
    call_command("migrate", "awkward", verbosity=0)
    assert query(functions) == before
    with recorded() as events:
        odd = OddColumns.objects.create(**by_field([""] * len(ODD_COLUMNS)))
    new = row(odd.pk, ODD_COLUMNS, [""] * len(ODD_COLUMNS))
    assert events == [inserted("awkward_oddcolumns", str(odd.pk), new)]


@pytest.mark.parametrize("level", ["statement", "row"])
@pytest.mark.parametrize("images", ["full", "changes"])
@isolate_apps("tests.awkward")
def test_generated_columns_that_triggers_do_not_see(level, images):
    """A virtual one, where the server has such, would have every write fail."""
    stored = not connection.features.supports_virtual_generated_columns

    class Generated(models.Model):
        name = models.TextField()
        length = models.GeneratedField(
            expression=models.functions.Length("name"),
            output_field=models.IntegerField(),
            db_persist=stored,
        )

        class Meta:
            app_label = "awkward"

    Generated._meta.audit = compile_audit(Generated, Audit(level=level, images=images))
    with connection.schema_editor() as editor:
        editor.create_model(Generated)
    with recorded() as events:
        Generated.objects.create(name="abc")
        Generated.objects.update(name="a")
        Generated.objects.all().delete()
    key = events[0].new["id"]
    abc, a = ({"name": name} | ({"length": len(name)} if stored else {}) for name in ("abc", "a"))
    whole = {"id": key}
    kept = whole if images == "full" else {}
    assert events == [
        inserted("awkward_generated", str(key), whole | abc),
        updated("awkward_generated", str(key), kept | abc, kept | a),
        deleted("awkward_generated", str(key), whole | a),
    ]
