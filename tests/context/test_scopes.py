"""Each event has the context of the statement that wrote it."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import IntegrityError, connection, transaction

import trigger_audit
from tests.capture.events import execute, query
from tests.captured.models import Customer, Unaudited
from tests.context.events import by_name, contexts
from trigger_audit import current_context
from trigger_audit.context import LazyContext, suspended
from trigger_audit.exceptions import ContextNotSerializable, ContextTooLarge

TABLE = "captured_customer"


def write(name):
    Customer.objects.create(name=name)


def told():
    return by_name(TABLE)


@pytest.mark.django_db
def test_before_inside_and_after():
    write("before")
    with trigger_audit.context(user=1):
        write("inside")
    write("after")
    assert told() == {"before": None, "inside": {"user": 1}, "after": None}


@pytest.mark.django_db
def test_nested_blocks_add_and_go_before():
    with trigger_audit.context(user=1, reason="import"):
        write("outer")
        with trigger_audit.context(user=2, row=7):
            write("inner")
            with trigger_audit.context():
                write("empty")
        write("outer again")
    assert told() == {
        "outer": {"user": 1, "reason": "import"},
        "inner": {"user": 2, "reason": "import", "row": 7},
        "empty": {"user": 2, "reason": "import", "row": 7},
        "outer again": {"user": 1, "reason": "import"},
    }


@pytest.mark.django_db
def test_an_error_leaves_the_block():
    with suppress(ZeroDivisionError), trigger_audit.context(user=1):
        write("inside")
        1 / 0  # noqa: B018
    write("after")
    assert told() == {"inside": {"user": 1}, "after": None}


@pytest.mark.django_db
def test_savepoints_and_their_rollbacks():
    with trigger_audit.context(user=1):
        with transaction.atomic():
            write("kept")
        with suppress(IntegrityError), transaction.atomic(), trigger_audit.context(user=2):
            write("rolled back")
            write("kept")
        write("later")
    with suppress(IntegrityError), transaction.atomic():
        write("kept")
    write("after")
    assert told() == {"kept": {"user": 1}, "later": {"user": 1}, "after": None}


@pytest.mark.django_db(transaction=True)
def test_autocommit_and_transactions():
    with trigger_audit.context(user=1):
        write("autocommit")
        with transaction.atomic():
            write("atomic")
            with trigger_audit.context(user=2):
                write("inner")
        with suppress(IntegrityError), transaction.atomic():
            write("rolled back")
            write("atomic")
    write("after")
    assert told() == {
        "autocommit": {"user": 1},
        "atomic": {"user": 1},
        "inner": {"user": 2},
        "after": None,
    }


@pytest.mark.django_db(transaction=True)
def test_a_block_within_a_transaction_ends_before_its_commit():
    with transaction.atomic():
        with trigger_audit.context(user=1):
            write("inside")
            transaction.on_commit(lambda: write("on commit"))
        write("after")
    assert told() == {"inside": {"user": 1}, "after": None, "on commit": None}


@pytest.mark.django_db
def test_a_statement_of_many_rows_and_one_of_several_statements():
    with trigger_audit.context(user=1):
        Customer.objects.bulk_create([Customer(name=str(number)) for number in range(100)])
    execute(f"INSERT INTO {TABLE} (name) SELECT 'x' || n FROM generate_series(1, 100) AS n")
    assert contexts(TABLE) == [{"user": 1}] * 100 + [None] * 100


@pytest.mark.django_db
def test_long_statements_one_after_the_other_in_a_transaction():
    with trigger_audit.context(user=1):
        execute(f"INSERT INTO {TABLE} (name) VALUES ('a'), ('b'){' ' * 20_000}")
        with trigger_audit.context(user=2):
            execute(f"INSERT INTO {TABLE} (name) VALUES ('c'), ('d'){' ' * 20_000}")
        execute(f"INSERT INTO {TABLE} (name) VALUES ('e')")
    execute(f"INSERT INTO {TABLE} (name) VALUES ('f'){' ' * 20_000}")
    execute(f"INSERT INTO {TABLE} (name) VALUES ('g')")
    execute("SET LOCAL trigger_audit.context = '{\"user\": 3}'")
    execute(f"INSERT INTO {TABLE} (name) VALUES ('h'){' ' * 20_000}")
    with trigger_audit.context(user=4):
        execute(f"INSERT INTO {TABLE} (name) VALUES ('i')")
    users = [context and context["user"] for context in contexts(TABLE)]
    assert users == [1, 1, 2, 2, 1, None, None, 3, 4]


@pytest.mark.django_db
@pytest.mark.parametrize("told", [{"user": 1}, None])
def test_long_statements_on_row_triggers(audit, told):
    """Each row has the context, and the statement is read for one of them alone."""
    audit(Unaudited, level="row")
    rows = ", ".join(f"('{'x' * 90}')" for _ in range(300))
    with trigger_audit.context(**told or {}):
        execute(f"INSERT INTO captured_unaudited (status) VALUES {rows}")
    kept = query("SELECT current_setting('trigger_audit.long_statement')")[0]
    assert json.loads(kept.partition(" ")[2] or "null") == told
    with trigger_audit.context(user=2):
        execute(f"INSERT INTO captured_unaudited (status) VALUES {rows}")
        execute("INSERT INTO captured_unaudited (status) VALUES ('short')")
    assert contexts("captured_unaudited") == [told] * 300 + [{"user": 2}] * 301


@pytest.mark.django_db
def test_a_comment_wins_over_the_setting():
    execute('SET LOCAL trigger_audit.context = \'{"job": "nightly"}\'')
    write("setting")
    with trigger_audit.context(user=1):
        write("comment")
    with trigger_audit.context():
        write("empty")
    assert told() == {
        "setting": {"job": "nightly"},
        "comment": {"user": 1},
        "empty": {"job": "nightly"},
    }


@pytest.mark.django_db(transaction=True)
def test_the_setting_ends_with_its_transaction():
    with transaction.atomic():
        execute('SET LOCAL trigger_audit.context = \'{"job": "nightly"}\'')
        write("inside")
    write("after")
    assert told() == {"inside": {"job": "nightly"}, "after": None}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "garbage",
    [
        "x",
        "{",
        "[]",
        "null",
        '"text"',
        '{"a":' * 1000 + "1" + "}" * 1000,
        "[" * 100_000,
        "x" * 10_000_000,
        '{"a": "\\u0000"}',
        "*/ DROP TABLE nothing --",
        "/*trigger_audit:{}*/",
        "é😀" * 5000,
    ],
    ids=lambda garbage: garbage[:10].encode("unicode_escape").decode(),
)
def test_garbage_in_the_setting_fails_no_write(garbage):
    query("SELECT set_config('trigger_audit.context', %s, true)", [garbage])
    write("Ann")
    assert told() == {"Ann": {"unparsed": garbage[:1000]}}


@pytest.mark.django_db
def test_keys_left_out_are_not_sent(settings, django_assert_num_queries):
    settings.TRIGGER_AUDIT_CONTEXT_EXCLUDE = ["username"]
    with django_assert_num_queries(2) as queries, trigger_audit.context(username="ann"):
        write("nothing is left")
        with trigger_audit.context(user=1):
            write("some")
        assert current_context() == {"username": "ann"}
    assert told() == {"nothing is left": None, "some": {"user": 1}}
    assert "username" not in str(queries.captured_queries)


@pytest.mark.django_db
def test_decorators():
    @trigger_audit.context(user=1)
    def decorated(name, depth=1):
        """Of a project."""
        write(f"{name} {depth}")
        if depth:
            decorated(name, depth - 1)

    assert decorated.__doc__ == "Of a project."
    with trigger_audit.context(reason="outer"):
        decorated("Ann")
    write("after")
    expected = {"user": 1, "reason": "outer"}
    assert told() == {"Ann 1": expected, "Ann 0": expected, "after": None}


def test_a_generator_is_refused_as_it_runs_after_the_block():
    def numbers():
        yield 1

    async def more():
        yield 1

    for function in (numbers, more):
        with pytest.raises(TypeError, match="open the block inside"):
            trigger_audit.context(user=1)(function)


def test_one_block_may_be_open_several_times():
    block = trigger_audit.context(user=1)
    with block, trigger_audit.context(user=2):
        with block:
            assert current_context() == {"user": 1}
        assert current_context() == {"user": 2}
    assert current_context() == {}


def test_blocks_that_do_not_end_in_turn_leave_nothing():
    def numbers(user):
        with trigger_audit.context(user=user):
            yield current_context()["user"]

    first, second = numbers(1), numbers(2)
    assert (next(first), next(second)) == (1, 2)
    first.close()
    assert current_context() == {"user": 2}
    second.close()
    assert current_context() == {}


def test_a_block_that_ends_in_another_task_does_no_harm():
    async def numbers():
        with trigger_audit.context(user=1):
            yield 1

    async def main():
        generator = numbers()
        await asyncio.create_task(anext(generator))
        assert current_context() == {}
        await generator.aclose()
        return current_context()

    assert asyncio.run(main()) == {}


@pytest.mark.django_db(transaction=True)
def test_tasks_side_by_side():
    async def task(user):
        async with trigger_audit.context(user=user):
            for number in range(5):
                await Customer.objects.acreate(name=f"{user}-{number}")
                await asyncio.sleep(0)
            await sync_to_async(write)(f"{user}-sync")

    @trigger_audit.context(user="decorator")
    async def decorated():
        await Customer.objects.acreate(name="decorator-0")

    async def main():
        await asyncio.gather(*map(task, range(10)), decorated())
        await Customer.objects.acreate(name="None-after")

    async_to_sync(main)()
    assert len(told()) == 62
    for name, context in told().items():
        user = name.partition("-")[0]
        assert str(context and context["user"]) == user


@pytest.mark.django_db(transaction=True)
def test_threads_side_by_side():
    ready = threading.Barrier(8)

    def work(user):
        try:
            with trigger_audit.context(user=user):
                ready.wait()
                for number in range(25):
                    write(f"{user}-{number}")
            write(f"None-{user}")
        finally:
            connection.close()

    with trigger_audit.context(user="outside"), ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert len(told()) == 208
    for name, context in told().items():
        assert str(context and context["user"]) == name.partition("-")[0]


@pytest.mark.django_db
def test_what_is_lazy_is_asked_when_a_statement_is_sent():
    users = iter([1, 2])
    with LazyContext(lambda: {"user": next(users)}), trigger_audit.context(reason="import"):
        list(Customer.objects.all())
        write("first")
        with transaction.atomic():
            write("second")
    assert told() == {
        "first": {"user": 1, "reason": "import"},
        "second": {"user": 2, "reason": "import"},
    }


@pytest.mark.django_db
def test_what_a_lazy_block_writes_itself_tells_nothing():
    def provide():
        Customer.objects.get_or_create(name="by the block")
        return {"user": 1}

    with LazyContext(provide):
        write("Ann")
    assert told() == {"by the block": None, "Ann": {"user": 1}}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("provided", "error"),
    [
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: {"user": object()}, "TypeError"),
        (lambda: {"user": float("nan")}, "ValueError"),
        (lambda: {"path": "x" * 9000}, "ContextTooLarge"),
        (lambda: {"path": "/" * 9000}, "ContextTooLarge"),
        (lambda: 7, "TypeError"),
    ],
)
def test_a_lazy_block_that_fails_fails_no_write(provided, error, caplog):
    with LazyContext(provided), trigger_audit.context(reason="import"):
        write("Ann")
    assert told() == {"Ann": {"reason": "import", "context_error": error}}
    assert "A context could not be told" in caplog.text


def test_what_cannot_be_told_is_refused_where_it_is_given():
    cyclic = []
    cyclic.append(cyclic)
    deep = 1
    for _ in range(99):
        deep = [deep]
    values = [object(), {1, 2}, float("inf"), b"bytes", cyclic, deep, {("a", 1): 1}, 10**5000]
    for value in values:
        with pytest.raises(ContextNotSerializable, match="details="):
            trigger_audit.context(details=value)


def test_a_context_that_is_too_large_is_refused_where_it_is_opened(settings):
    trigger_audit.context(note="x" * 10_000)
    with trigger_audit.context(note="x" * 3000):
        with trigger_audit.context(note="y" * 4000):
            pass
        with (
            pytest.raises(ContextTooLarge, match="bytes of JSON"),
            trigger_audit.context(more="y" * 3000),
        ):
            pytest.fail("It was opened.")
        assert current_context() == {"note": "x" * 3000}
    settings.TRIGGER_AUDIT_CONTEXT_MAX_BYTES = 100_000
    with trigger_audit.context(note="x" * 8000):
        pass
    # What the database would not read as JSON, once its slashes are escaped.
    with pytest.raises(ContextTooLarge):
        trigger_audit.context(note="/" * 1500).__enter__()


def test_a_later_change_of_a_value_changes_nothing():
    tags = ["a"]
    with trigger_audit.context(tags=tags):
        tags.append("b")
        assert current_context() == {"tags": ["a"]}


def test_any_name_will_do():
    with ExitStack() as stack:
        for name in ("self", "metadata", "a b", "é"):
            stack.enter_context(trigger_audit.context(**{name: 1}))
        assert current_context() == {"self": 1, "metadata": 1, "a b": 1, "é": 1}
        with suspended():
            assert current_context() == {}
