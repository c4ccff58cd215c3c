"""Partitioned tables, tables that inherit, and tables that are emptied."""

import pgtrigger
import pytest

from tests.capture.events import copy, deleted, execute, inserted, recorded, truncated, updated
from tests.captured.models import Customer, Measurement

pytestmark = pytest.mark.django_db

TABLE = "captured_measurement"
EARLY, LATE = "2026-01-15", "2026-02-15"


@pytest.fixture
def measurements(audit):
    """Measurements by month; those of February are partitioned again, by their number."""
    execute(
        f"""
        CREATE TABLE {TABLE} (id bigint, day date, value integer, PRIMARY KEY (id, day))
        PARTITION BY RANGE (day);
        CREATE TABLE january PARTITION OF {TABLE} FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
        CREATE TABLE february PARTITION OF {TABLE} FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')
        PARTITION BY LIST (id);
        CREATE TABLE february_odd PARTITION OF february FOR VALUES IN (1, 3, 5);
        CREATE TABLE february_other PARTITION OF february DEFAULT;
        """
    )
    audit(Measurement)


def key(pk, day):
    return f'[{pk}, "{day}"]'


def row(pk, day, value):
    return {"id": pk, "day": day, "value": value}


def came(pk, day, value):
    return inserted(TABLE, key(pk, day), row(pk, day, value))


def went(pk, day, value):
    return deleted(TABLE, key(pk, day), row(pk, day, value))


def changed(pk, day, before, after):
    return updated(TABLE, key(pk, day), row(pk, day, before), row(pk, day, after))


def test_writes_through_the_parent(measurements):
    with recorded() as events:
        execute(f"INSERT INTO {TABLE} VALUES (1, '{EARLY}', 10), (1, '{LATE}', 20)")
        execute(f"UPDATE {TABLE} SET value = value + 1")
        execute(f"UPDATE {TABLE} SET value = value")
        execute(f"DELETE FROM {TABLE}")
    assert events == [
        came(1, EARLY, 10),
        came(1, LATE, 20),
        changed(1, EARLY, 10, 11),
        changed(1, LATE, 20, 21),
        went(1, EARLY, 11),
        went(1, LATE, 21),
    ]


def test_writes_of_django(measurements):
    with recorded() as events:
        Measurement.objects.bulk_create([Measurement(id=1, day=EARLY), Measurement(id=2, day=LATE)])
        Measurement.objects.filter(id=2).update(value=2)
        Measurement.objects.filter(id=1).delete()
    assert events == [
        came(1, EARLY, None),
        came(2, LATE, None),
        changed(2, LATE, None, 2),
        went(1, EARLY, None),
    ]


@pytest.mark.proof
@pytest.mark.parametrize(
    ("partition", "day"), [("january", EARLY), ("february", LATE), ("february_odd", LATE)]
)
def test_writes_straight_to_a_partition(measurements, partition, day):
    with recorded() as events:
        execute(f"INSERT INTO {partition} VALUES (1, '{day}', 10)")
        copy(f"COPY {partition} FROM STDIN (FORMAT csv)", f"3,{day},30\n")
        execute(f"UPDATE {partition} SET value = 11 WHERE id = 1")
        execute(f"DELETE FROM {partition} WHERE id = 3")
    assert events == [
        came(1, day, 10),
        came(3, day, 30),
        changed(1, day, 10, 11),
        went(3, day, 30),
    ]


def test_copy_through_the_parent(measurements):
    with recorded() as events:
        copy(f"COPY {TABLE} FROM STDIN (FORMAT csv)", f"1,{EARLY},1\n1,{LATE},2\n2,{EARLY},3\n")
    assert sorted(events) == [came(1, EARLY, 1), came(1, LATE, 2), came(2, EARLY, 3)]


@pytest.mark.parametrize("level", ["statement", "row"])
def test_row_that_moves_is_deleted_and_inserted(measurements, audit, level):
    audit(Measurement, level=level)
    execute(f"INSERT INTO {TABLE} VALUES (1, '{EARLY}', 10), (2, '{EARLY}', 20)")
    with recorded() as events:
        execute(f"UPDATE {TABLE} SET day = '{LATE}' WHERE id = 1")
    assert events == [went(1, EARLY, 10), came(1, LATE, 10)]


def test_row_that_moves_between_sub_partitions(measurements):
    execute(f"INSERT INTO {TABLE} VALUES (1, '{LATE}', 10)")
    with recorded() as events:
        execute("UPDATE february SET id = 2")
    assert events == [went(1, LATE, 10), came(2, LATE, 10)]


def test_some_rows_move_and_others_change(measurements):
    execute(f"INSERT INTO {TABLE} VALUES (1, '{EARLY}', 1), (2, '{EARLY}', 2), (1, '{LATE}', 3)")
    with recorded() as events:
        execute(
            f"UPDATE {TABLE} SET value = value + 10,"
            f" day = CASE id WHEN 2 THEN '{LATE}' ELSE day END"
        )
    assert sorted(events) == [
        went(2, EARLY, 2),
        came(2, LATE, 12),
        changed(1, EARLY, 1, 11),
        changed(1, LATE, 3, 13),
    ]


def test_move_that_a_before_trigger_prevents(measurements):
    execute(
        f"""
        CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RETURN CASE WHEN OLD.id <> 2 THEN OLD END; END $$;
        CREATE TRIGGER stay BEFORE DELETE ON january FOR EACH ROW EXECUTE FUNCTION stay();
        INSERT INTO {TABLE} VALUES (1, '{EARLY}', 1), (2, '{EARLY}', 2), (3, '{EARLY}', 3)
        """
    )
    with recorded() as events:
        execute(f"UPDATE {TABLE} SET day = '{LATE}' WHERE id IN (1, 2)")
        execute(f"UPDATE {TABLE} SET value = 4 WHERE id = 3")
    assert sorted(events[:2]) == [went(1, EARLY, 1), came(1, LATE, 1)]
    assert events[2:] == [changed(3, EARLY, 3, 4)]


@pytest.mark.proof
def test_merge_that_moves_inserts_and_deletes(measurements):
    execute(f"INSERT INTO {TABLE} VALUES (1, '{EARLY}', 1), (2, '{EARLY}', 2), (3, '{LATE}', 3)")
    with recorded() as events:
        execute(
            f"""
            MERGE INTO {TABLE} AS kept USING (VALUES (1), (2), (3), (4)) AS news (id)
            ON kept.id = news.id
            WHEN MATCHED AND kept.id = 1 THEN UPDATE SET day = '{LATE}'
            WHEN MATCHED AND kept.id = 2 THEN UPDATE SET value = 22
            WHEN MATCHED THEN DELETE
            WHEN NOT MATCHED THEN INSERT VALUES (4, '{EARLY}', 4)
            """
        )
    assert sorted(events) == [
        went(1, EARLY, 1),
        went(3, LATE, 3),
        came(1, LATE, 1),
        came(4, EARLY, 4),
        changed(2, EARLY, 2, 22),
    ]


def test_on_conflict_in_a_partition(measurements):
    execute(f"INSERT INTO {TABLE} VALUES (1, '{EARLY}', 1)")
    with recorded() as events:
        execute(
            f"INSERT INTO {TABLE} VALUES (1, '{EARLY}', 5), (2, '{EARLY}', 6)"
            " ON CONFLICT (id, day) DO UPDATE SET value = excluded.value"
        )
    assert events == [changed(1, EARLY, 1, 5), came(2, EARLY, 6)]


def test_partition_attached_later_is_audited_from_then_on(measurements):
    with recorded() as events:
        execute("CREATE TABLE march (value integer, day date NOT NULL, id bigint NOT NULL)")
        execute("INSERT INTO march VALUES (1, '2026-03-01', 7)")
        execute(
            f"ALTER TABLE {TABLE} ATTACH PARTITION march"
            " FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')"
        )
        execute("UPDATE march SET value = 2")
        execute(f"UPDATE {TABLE} SET value = 3")
    assert events == [changed(7, "2026-03-01", 1, 2), changed(7, "2026-03-01", 2, 3)]


def test_partition_made_later_is_audited_at_once(measurements):
    execute(f"CREATE TABLE others PARTITION OF {TABLE} DEFAULT")
    with recorded() as events:
        execute("INSERT INTO others VALUES (1, '2026-12-01', 1)")
    assert events == [came(1, "2026-12-01", 1)]


def test_partition_that_was_detached_is_a_table_of_its_own(measurements):
    execute(f"INSERT INTO {TABLE} VALUES (1, '{EARLY}', 1)")
    with recorded() as events:
        execute(f"ALTER TABLE {TABLE} DETACH PARTITION january")
        execute("UPDATE january SET value = 2")
    assert events == []


def test_changes_redaction_and_conditions_of_a_partitioned_table(measurements, audit):
    condition = pgtrigger.Q(new__id=1) | pgtrigger.Q(old__id=1)
    audit(Measurement, images="changes", redact=["value"], condition=condition)
    with recorded() as events:
        execute(f"INSERT INTO {TABLE} VALUES (1, '{EARLY}', 1), (2, '{EARLY}', 2)")
        execute(f"UPDATE {TABLE} SET value = 5")
        execute("UPDATE january SET day = '2026-01-16'")
    hidden = {"value": "[redacted]"}
    assert events == [
        came(1, EARLY, "[redacted]"),
        updated(TABLE, key(1, EARLY), hidden, {"value": "[redacted: changed]"}),
        updated(TABLE, key(1, EARLY), {"day": EARLY}, {"day": "2026-01-16"}),
    ]


def test_truncate_of_a_partitioned_table(measurements):
    execute(f"INSERT INTO {TABLE} VALUES (1, '{EARLY}', 1)")
    with recorded() as events:
        execute(f"TRUNCATE {TABLE}")
    assert events == [truncated(TABLE)]


def test_truncate_leaves_one_event_without_images():
    Customer.objects.create(name="Ann")
    Customer.objects.create(name="Bob")
    with recorded() as events:
        execute("TRUNCATE captured_customer")
        execute("TRUNCATE captured_customer")
    assert events == [truncated("captured_customer")] * 2


def test_truncate_of_several_tables():
    with recorded() as events:
        execute("TRUNCATE captured_customer, captured_counter, captured_unaudited")
    assert sorted(events) == [truncated("captured_counter"), truncated("captured_customer")]


def test_truncate_that_cascades():
    execute("ALTER TABLE captured_order ADD FOREIGN KEY (customer_id) REFERENCES captured_customer")
    with recorded() as events:
        execute("TRUNCATE captured_customer RESTART IDENTITY CASCADE")
    assert sorted(events) == [truncated("captured_customer"), truncated("captured_order")]


@pytest.fixture
def descendants():
    """A table that inherits a column of its own, as PostgreSQL lets tables do."""
    execute("CREATE TABLE vip (discount integer) INHERITS (captured_customer)")
    execute("INSERT INTO captured_customer (id, name) VALUES (1, 'Ann'), (3, 'Cem')")
    execute("INSERT INTO vip (id, name, discount) VALUES (2, 'Bob', 10)")


def customer(pk, name, email=None):
    return {"id": pk, "name": name, "email": email}


def test_rows_of_a_child_written_through_the_parent(descendants):
    with recorded() as events:
        execute("UPDATE captured_customer SET id = id + 10, email = name")
        execute("DELETE FROM captured_customer WHERE id > 11")
    people = [(1, "Ann"), (2, "Bob"), (3, "Cem")]
    assert sorted(events) == [
        *(
            deleted("captured_customer", str(pk + 10), customer(pk + 10, name, name))
            for pk, name in people[1:]
        ),
        *(
            updated("captured_customer", str(pk), customer(pk, name), customer(pk + 10, name, name))
            for pk, name in people
        ),
    ]


def test_rows_written_to_the_child_itself_are_not_of_the_audited_table(descendants):
    with recorded() as events:
        execute("UPDATE vip SET discount = 20, email = 'bob@example.org'")
        execute("INSERT INTO vip (id, name) VALUES (4, 'Dan')")
    assert events == []
