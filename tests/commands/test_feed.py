"""``manage.py audit feed``: what an operator does with subscriptions."""

import builtins

import pytest
from django.core.management import CommandError, call_command

from tests.commands.library import lines
from tests.example.models import Book
from tests.feed.conftest import drain, rows
from trigger_audit import feed, subscription

pytestmark = pytest.mark.django_db(transaction=True)


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


def refused(*arguments, **options):
    """What ``manage.py audit feed`` refuses with, and its exit code."""
    with pytest.raises(CommandError) as refusal:
        call_command("audit", "feed", *arguments, **options)
    return str(refusal.value), refusal.value.returncode


def states():
    return {(lane.subscription, lane.state) for lane in feed.status()}


@pytest.fixture
def answer(monkeypatch):
    """Answers the next question, and returns the questions."""
    asked = []

    def answers(with_):
        monkeypatch.setattr(builtins, "input", lambda question: asked.append(question) or with_)
        return asked

    return answers


@pytest.fixture
def got(subscribe, session):
    """A subscription that has parked the second of three books, and a later change of it."""
    got = subscribe(Book, attempts=1, backoff=0)
    got.failing = {2: ValueError("not this one")}
    insert(session, 1, 2, 3)
    drain()
    session.execute("UPDATE library_book SET price = 1 WHERE id = 2")
    drain()
    return got


def failed_id():
    (failure,) = feed.failures("test")
    return failure.event_id


def test_pause_and_resume(subscribe, session):
    got = subscribe(Book)
    subscribe(Book, name="second")
    drain()
    drain("second")
    assert lines("feed", "pause", "test", "second") == ["test is paused.", "second is paused."]
    assert states() == {("test", "paused"), ("second", "paused")}
    insert(session, 1)
    assert feed.run_once("test").outcome == "paused"
    assert lines("feed", "resume", "test") == ["test goes on."]
    drain()
    assert got.changes == [("INSERT", 1)]
    assert states() == {("test", "running"), ("second", "paused")}


def test_one_that_is_paused_before_it_ran_gets_what_comes_from_then_on(subscribe, session):
    got = subscribe(Book, start="latest", shards=2)
    insert(session, 1)
    assert lines("feed", "pause", "test") == ["test is paused."]
    insert(session, *range(2, 9))
    assert {feed.run_once("test", shard).outcome for shard in (0, 1)} == {"paused"}
    lines("feed", "resume", "test")
    for shard in (0, 1):
        drain(shard=shard)
    assert sorted(got.changes) == [("INSERT", key) for key in range(2, 9)]


def test_all_or_none_are_paused(subscribe):
    subscribe(Book, name="library.search")
    message, _ = refused("pause", "library.search", "library.serch")
    assert message == ("There is no subscription 'library.serch': did you mean library.search.")
    assert states() == {("library.search", "new")}


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_a_subscription_of_another_database(subscribe):
    subscribe(Book, using="other")
    for verb in ("pause", "resume", "reset", "retry", "skip", "rebase", "forget", "accept-loss"):
        message, _ = refused(verb, "test")
        assert message.endswith("is of the database 'other': add --database=other.")
    assert lines("feed", "pause", "test", "--database=other") == ["test is paused."]
    assert [lane.state for lane in feed.status(using="other")] == ["paused"]
    assert states() == set()


def test_one_that_was_never_begun(subscribe):
    subscribe(Book)
    for verb in ("resume", "rebase", "accept-loss"):
        message, _ = refused(verb, "test")
        assert message == (
            "The subscription has no position yet: manage.py audit consume or feed reset begins it."
            " ('test' was never begun in 'default')"
        )


def test_reset_asks_first(got, answer, session):
    asked = answer("no")
    assert refused("reset", "test", "--start", "latest") == ("Nothing was done.", 1)
    (question,) = asked
    assert question == (
        "The position of test and 2 changes that it parked will be forgotten."
        " It begins again at: latest.\nType 'yes' to go on, or 'no' to cancel: "
    )
    assert len(rows("SELECT FROM trigger_audit_feed_parked")) == 2
    answer("yes")
    assert lines("feed", "reset", "test", "--start", "latest") == ["test begins anew at: latest."]
    assert rows("SELECT FROM trigger_audit_feed_parked") == []
    insert(session, 4)
    drain()
    assert got.changes == [("INSERT", 1), ("INSERT", 3), ("INSERT", 4)]


def test_reset_where_nobody_can_answer(got, monkeypatch):
    def nobody(question):
        raise EOFError

    monkeypatch.setattr(builtins, "input", nobody)
    message, _ = refused("reset", "test")
    assert message == "Nobody answers, and nothing was done. Add --no-input."
    got.failing = {}
    assert lines("feed", "reset", "test", "--no-input") == ["test begins anew at: earliest."]
    drain()
    assert got.changes[2:] == [("INSERT", 1), ("INSERT", 2), ("INSERT", 3), ("UPDATE", 2)]


def test_reset_to_a_moment_and_to_what_is_there(got):
    got.failing = {}
    ((moment,),) = rows("SELECT max(at) FROM trigger_audit_event")
    lines("feed", "reset", "test", "--no-input", "--start", moment.isoformat())
    drain()
    assert got.changes[2:] == [("UPDATE", 2)]
    lines("feed", "reset", "test", "--no-input", "--start", "backfill")
    drain()
    assert got.changes[3:] == [("SNAPSHOT", key) for key in (1, 2, 3)]
    message, _ = refused("reset", "test", "--no-input", "--start", "sometime")
    assert "'sometime' is none. Give a date (2026-11-24)" in message


def test_retry(got):
    assert refused("retry", "test") == (
        "test: 0 delivered, 2 stay parked; manage.py audit feed status tells why.",
        1,
    )
    got.failing = {}
    assert lines("feed", "retry", "test") == ["test: 2 delivered, nothing is parked."]
    assert got.changes[2:] == [("INSERT", 2), ("UPDATE", 2)]


def test_skip_names_what_will_be_lost(got, answer):
    number = failed_id()
    asked = answer("no")
    assert refused("skip", "test", str(number)) == ("Nothing was done.", 1)
    assert asked[0].splitlines()[:2] == [
        "test will never get 1 change:",
        f"  event {number}, library.book 2",
    ]
    got.failing = {}
    assert lines("feed", "skip", "test", str(number), "--no-input") == [
        "test lets go of 1 change.",
        "test: 1 delivered, nothing is parked.",
    ]
    assert got.changes[2:] == [("UPDATE", 2)]
    assert lines("feed", "skip", "test") == ["test has parked nothing that failed."]


def test_what_only_waits_is_not_skipped(got):
    number = failed_id()
    message, _ = refused("skip", "test", str(number), str(number + 1), "--no-input")
    assert message == (
        "No such change is parked because it failed: manage.py audit feed status shows those."
        f" (test: {number + 1})"
    )
    assert len(rows("SELECT FROM trigger_audit_feed_parked")) == 2


def test_what_is_no_longer_declared(got, answer):
    message, _ = refused("forget", "test")
    assert message.startswith("test is declared: remove its declaration first")
    subscription.unsubscribe("test")
    for verb in ("retry", "reset", "skip"):
        message, _ = refused(verb, "test", *["--no-input"] * (verb != "retry"))
        assert message.startswith("There is no such subscription. ('test'; ")
    assert lines("feed", "pause", "test") == ["test is paused."]
    answer("no")
    assert refused("forget", "test") == ("Nothing was done.", 1)
    assert lines("feed", "forget", "test", "--no-input") == ["test is forgotten."]
    assert states() == set()
    assert rows("SELECT FROM trigger_audit_feed_parked") == []


@pytest.fixture
def first_epoch(session):
    """The feed is again in its first epoch after the test, as others expect."""
    yield
    session.execute("BEGIN")
    session.execute("UPDATE trigger_audit_feed_origin SET epoch = 1")
    session.execute("UPDATE trigger_audit_feed_origin SET written_by = xmin::text")
    session.execute("COMMIT")


def test_after_a_restore_and_after_a_loss(subscribe, session, first_epoch):
    got = subscribe(Book)
    insert(session, 1)
    drain()
    session.execute("UPDATE trigger_audit_feed_origin SET written_by = '1'")
    message, _ = refused("status")
    assert message == "Somebody has to see to test."
    assert lines("feed", "rebase", "test") == ["test goes on in this database."]
    insert(session, 2)
    drain()
    session.execute(
        "UPDATE trigger_audit_feed_cursor SET partitions = partitions || '{\"1\": null}'"
    )
    insert(session, 3)
    refused("status")
    assert lines("feed", "accept-loss", "test") == ["test goes on with what is left."]
    drain()
    assert got.changes == [("INSERT", 1), ("INSERT", 2), ("INSERT", 3)]
