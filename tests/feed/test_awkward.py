"""Whatever tables, columns and keys are called, a backfill and later events are one story."""

import uuid

import pytest

from tests.awkward import models as awkward
from tests.captured.models import ExpressParcel, Parcel, Patient, Product, Seat
from tests.feed.conftest import drain
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)

STRANGE = ["", "%s", 'a"b', "it's", "[1, 2]", "é\N{BOOKS}", "Z", "a"]
LONG = ["x" * 3000, "x" * 3000 + "y", "y" * 3000]
NAMED = [getattr(awkward, name) for name in awkward.TABLES]


def named(model, field="name"):
    return model, [{field: text} for text in STRANGE[:5]]


CASES = [
    *map(named, NAMED),
    (awkward.Composite, [{"row": row, "number": n} for row in STRANGE for n in (1, 10, 2)]),
    (awkward.UuidKey, [{"id": uuid.UUID(int=n * 7**40), "name": str(n)} for n in range(1, 9)]),
    (awkward.TextKey, [{"code": text} for text in [*STRANGE, *LONG]]),
    (Seat, [{"hall": hall, "number": n} for hall in ("A", "B") for n in (1, 2, 3)]),
    (awkward.Proxy, [{"name": text} for text in STRANGE]),
    (awkward.SameAgain, [{"name": text} for text in STRANGE]),
    (Patient, [{"name": "a", "ailment": text} for text in [*STRANGE, None]]),
    (Product, [{"name": "a", "price": n, "attributes": {"b": [n]}} for n in range(5)]),
    (ExpressParcel, [{"weight": n, "hours": n} for n in range(5)]),
    (awkward.Wide, [{} for n in range(3)]),
    (awkward.OddColumns, [{} for n in range(3)]),
]


@pytest.mark.parametrize(("model", "rows"), CASES, ids=[model.__name__ for model, _ in CASES])
def test_rows_and_their_events(subscribe, model, rows):
    first, later = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    events, story = [], []
    subscribe(model, handler=events.extend, name="events")
    subscribe(model, handler=story.extend, start="backfill", batch_size=2)
    made = [model.objects.create(**values) for values in first]
    feed.run_once("test")
    made += [model.objects.create(**values) for values in later]
    gone = [each.pk for each in made]
    for each in made[::2]:
        each.delete()
    drain()
    drain("events")
    # Each row comes once, as it was inserted, and goes if it went after that.
    inserted = {change.key: change.new for change in events if change.operation == "INSERT"}
    came = [change for change in story if change.operation in ("SNAPSHOT", "INSERT")]
    assert len({change.key for change in came}) == len(came)
    assert {change.key: change.new for change in came}.items() <= inserted.items()
    left = {change.key for change in story if change.operation == "DELETE"}
    stays = set(gone[1::2])
    assert {change.key for change in came} - left == stays
    assert left <= set(gone[::2])
    assert len(story) == len(came) + len(left)


def test_a_condition_holds_for_rows_that_are_there(subscribe):
    story = []
    subscribe(awkward.Conditional, handler=story.extend, start="backfill")
    for name in [*awkward.ODD_VALUES, "another"]:
        awkward.Conditional.objects.create(name=name)
    drain()
    assert [change.new["name"] for change in story] == awkward.ODD_VALUES


def test_links_and_their_tables(subscribe):
    story = []
    subscribe(
        awkward.Linked.others.through,
        Parcel.labels.through,
        handler=story.extend,
        start="backfill",
        batch_size=2,
    )
    one, two = awkward.Linked.objects.create(), awkward.Linked.objects.create()
    one.others.add(one, two)
    parcel = Parcel.objects.create(weight=1)
    parcel.labels.create(name="a")
    drain()
    one.others.remove(two)
    drain()
    through = awkward.Linked.others.through
    assert [(change.model, change.operation) for change in story] == [
        (through, "SNAPSHOT"),
        (through, "SNAPSHOT"),
        (Parcel.labels.through, "SNAPSHOT"),
        (through, "DELETE"),
    ]
    assert story[3].old == {"id": story[3].key, "from_linked": one.pk, "to_linked": two.pk}
