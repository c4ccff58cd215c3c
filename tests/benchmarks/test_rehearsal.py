"""Every contestant records all that it is timed on, as a run on few rows shows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

for peer in ("auditlog", "matplotlib", "pghistory", "simple_history", "tqdm"):
    pytest.importorskip(peer, reason="needs the extra `bench`")

ROOT = Path(__file__).parents[2]
STATEMENTS = ("full", "changes", "pghistory_row", "pghistory_statement", "generic", "typed")
KEYS = [1, 2, 3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("benchmarks") / "not there yet"


@pytest.fixture(scope="module")
def seen(folder):
    """What was recorded, in a process with settings of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.rehearsal", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def row(key, status, price):
    """What a test looks at of a whole row."""
    return (key, status, price)


def values(image):
    return image and row(image["id"], image["status"], image["price"])


INSERTED = [row(key, "new", key / 100) for key in KEYS]
UPDATED = [row(key, "new+", key / 100 + 1) for key in KEYS]


def in_order(history, key):
    return sorted(history, key=lambda event: event[key])


@pytest.mark.parametrize(("kind", "key"), [("full", "id"), ("generic", "event_id")])
def test_whole_images_are_kept(seen, kind, key):
    events = [each for each in in_order(seen["histories"][kind], key) if each["op"] != "TRUNCATE"]
    assert [
        (each["op"], values(each["old"]), values(each["new"]))
        for each in events
        if each.get("table_name", "").startswith("bench_")
    ] == [
        *(("INSERT", None, new) for new in INSERTED),
        *(("UPDATE", old, new) for old, new in zip(INSERTED, UPDATED, strict=True)),
        *(("DELETE", old, None) for old in UPDATED),
    ]


def test_changes_are_kept(seen):
    history = in_order(seen["histories"]["changes"], "id")
    updates = [
        (each["object_id"], each["old"], each["new"]) for each in history if each["op"] == "UPDATE"
    ]
    assert updates == [
        (
            str(key),
            {"status": "new", "price": key / 100},
            {"status": "new+", "price": key / 100 + 1},
        )
        for key in KEYS
    ]


@pytest.mark.parametrize(
    ("kind", "key", "label"),
    [
        ("pghistory_row", "pgh_id", "pgh_label"),
        ("pghistory_statement", "pgh_id", "pgh_label"),
        ("typed", "event_id", "event_op"),
    ],
)
def test_typed_copies_are_kept(seen, kind, key, label):
    events = in_order(seen["histories"][kind], key)
    assert [(each[label].lower(), values(each)) for each in events] == [
        *(("insert", new) for new in INSERTED),
        *(("update", new) for new in UPDATED),
        *(("delete", old) for old in UPDATED),
    ]


def test_helpers_of_simple_history_are_used(seen):
    events = in_order(seen["histories"]["simple_history"], "history_id")
    assert [(each["history_type"], each["status"]) for each in events] == [
        *[("+", "new")] * 3,
        *[("~", "new+")] * 3,
        *[("~", "new++")] * 3,
        *[("-", "new++")] * 3,
    ]


def test_auditlog_sees_what_is_saved_and_deleted_alone(seen):
    events = in_order(seen["histories"]["auditlog"], "id")
    assert [(each["action"], each["changes"]["status"]) for each in events] == [
        *[(1, ["new+", "new++"])] * 3,
        *[(2, ["new++", "None"])] * 3,
    ]


def test_everybody_is_told_the_same(seen):
    told = {
        kind: [{**context, "request_id": len(context["request_id"])} for context in contexts]
        for kind, contexts in seen["contexts"].items()
    }
    context = {
        "user": 7,
        "username": "ann@example.org",
        "method": "POST",
        "path": "/books/7/edit/",
        "request_id": 36,
    }
    kinds = ("full", "changes", "pghistory_row", "pghistory_statement")
    assert told == {kind: [context] * 9 for kind in kinds}


def test_nobody_is_timed_on_what_it_missed(seen):
    assert seen["silenced"].keys() == set(STATEMENTS)
    assert {said.partition(" of ")[0] for said in seen["silenced"].values()} == {
        "bulk insert: 0 events"
    }


def test_files_tell_who_misses_what(seen, folder):
    figures = json.loads((folder / "benchmarks.json").read_text())["figures"]
    missed = {(each["contestant"], each["work"]) for each in figures if each["misses_the_write"]}
    statements = {"bulk insert", "bulk update", "bulk delete", "COPY"}
    assert missed == {
        *(("simple_history", work) for work in statements),
        *(("auditlog", work) for work in statements | {"bulk_create", "bulk_update"}),
    }


def test_files_show_every_target(seen, folder):
    data = json.loads((folder / "benchmarks.json").read_text())
    text = (folder / "benchmarks.md").read_text()
    assert [each for each in data["targets"] if each["measured"] is None] == []
    assert [each["target"] for each in data["targets"] if each["target"] not in text] == []
    assert (folder / "benchmarks.png").read_bytes().startswith(b"\x89PNG")
