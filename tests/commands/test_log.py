"""``manage.py audit log`` finds the events that are meant, and tells them line by line."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from tests.awkward.models import Composite, UuidKey
from tests.commands.library import event, lines, write
from tests.example.models import Book, Publisher, Tag
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db

HEADING = re.compile(r"#(\d+) (\S+ \S+) ([A-Z]+) (.*) by (.*) \(transaction (\d+)\)")


def headings(*arguments, **options):
    """Of each event, its number and operation."""
    found = (HEADING.fullmatch(line) for line in lines("log", *arguments, **options))
    return [(int(match[1]), match[3]) for match in found if match]


def expected(**filters):
    events = AuditEvent.objects.filter(**filters).order_by("id")
    assert events
    return list(events.values_list("id", "op"))


@pytest.mark.proof
def test_a_row(settings):
    settings.TIME_ZONE = "Europe/Vienna"
    _, _, book = write()
    made, changed = AuditEvent.objects.filter(table_name="library_book").order_by("id")
    at = [timezone.localtime(each.at).isoformat(" ", "microseconds") for each in (made, changed)]
    assert at[0].endswith(("+01:00", "+02:00"))
    what, transaction = f"library.Book {book.pk}", f"(transaction {made.txid})"
    assert lines("log", "library.Book", str(book.pk)) == [
        f"#{made.pk} {at[0]} INSERT {what} by database user {made.db_user} {transaction}",
        f"    id: {book.pk}",
        "    title: Emma",
        "    price: 5.10",
        "    publisher: Faber",
        f"#{changed.pk} {at[1]} UPDATE library.Book {book.pk} by ann (transaction {made.txid})",
        "    price: 5.10 -> 6.20",
        "    publisher: Faber -> null",
        "    (reason=import)",
    ]


def test_a_model():
    write()
    assert headings("library.Book") == expected(table_name="library_book")


def test_everything():
    write()
    Book.objects.all().delete()
    assert headings() == expected()


def test_the_newest_first():
    write()
    assert headings("--reverse") == expected()[::-1]


def test_a_deleted_row():
    _, _, book = write()
    key = book.pk
    book.delete()
    assert headings("library.Book", str(key)) == expected(object_id=key, table_name="library_book")
    assert [op for _, op in headings("library.Book", str(key))] == ["INSERT", "UPDATE", "DELETE"]


def test_a_deletion():
    publisher = Publisher.objects.create(name="Faber")
    key = publisher.pk
    publisher.delete()
    assert lines("log", "library.Publisher", str(key))[-2:] == [
        f"    id: {key}",
        "    name: Faber",
    ]


def test_a_row_and_its_tags():
    _, _, book = write()
    book.tags.add(Tag.objects.create(name="novel"))
    assert expected(table_name="library_book_tags")[0] in headings("library.Book", str(book.pk))


def test_a_composite_key():
    Composite.objects.create(row="a", number=1, note="one")
    Composite.objects.create(row="a", number=2, note="two")
    assert headings("awkward.Composite", '["a", 2]') == expected(object_id='["a", 2]')


def test_a_key_of_another_type():
    found, _ = UuidKey.objects.create(name="one"), UuidKey.objects.create(name="two")
    assert headings("awkward.UuidKey", found.pk.hex) == expected(object_id=str(found.pk))


def test_of_some_days():
    write()
    first, *rest = AuditEvent.objects.order_by("id")
    after = (first.at + timedelta(microseconds=1)).isoformat()
    assert headings(f"--since={after}") == [(each.pk, each.op) for each in rest]
    assert headings(f"--until={after}") == [(first.pk, first.op)]
    assert headings("--since=1h") == expected()
    assert headings("--until=1 day") == []


def test_by_somebody():
    ann, _, book = write()
    changed = expected(table_name="library_book", op="UPDATE")
    assert headings("--by=ann") == changed
    assert headings(f"--by={ann.pk}") == changed
    assert headings("library.Book", str(book.pk), "--by=ann") == changed
    assert headings("--by=bob") == []


def test_of_a_transaction():
    write()
    txid = AuditEvent.objects.first().txid
    assert headings(f"--transaction={txid}") == expected()
    assert headings(f"--transaction={txid + 1}") == []


def test_what_a_terminal_would_obey_is_spelled_out():
    publisher = Publisher.objects.create(name="a\nb \x1b[31m\u202e é")
    assert lines("log", "library.Publisher")[1:] == [
        f"    id: {publisher.pk}",
        r"    name: a\nb \x1b[31m\u202e é",
    ]


def test_long_values_are_cut():
    Publisher.objects.create(name="x" * 300)
    assert lines("log", "library.Publisher")[2] == f"    name: {'x' * 200}..."


def test_a_truncate():
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE library_book CASCADE")
    found = event(op="TRUNCATE", table_name="library_book")
    (line,) = lines("log", "library.Book")
    assert HEADING.fullmatch(line).group(1, 3, 4) == (str(found.pk), "TRUNCATE", "library.Book")


def test_a_rename():
    with connection.schema_editor() as editor:
        table = Publisher._meta.db_table
        editor.alter_db_table(Publisher, table, "publishers")
    found = event(op="RENAME")
    told = lines("log")
    assert told[0].startswith(f"#{found.pk} ")
    assert told[1:] == ["    table_name: library_publisher -> publishers"]


def test_colours():
    write()
    coloured = "\n".join(lines("log", "library.Book", no_color=False, force_color=True))
    assert "\x1b[31;1m5.10\x1b[0m -> \x1b[32;1m6.20\x1b[0m" in coloured
    assert "\x1b" not in "\n".join(lines("log", "library.Book", no_color=False))


@pytest.mark.django_db(databases=["default", "other"])
def test_of_another_database():
    Publisher.objects.using("other").create(name="there")
    assert headings() == []
    (found,) = AuditEvent.objects.using("other").all()
    assert headings(database="other") == [(found.pk, "INSERT")]
    assert lines("log", database="other")[2] == "    name: there"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["library.Bok"], "There is no model 'library.Bok'. Name one as in 'library.Book'."),
        (["Book"], "There is no model 'Book'. Name one as in"),
        (["library.Tag"], "library.Tag"),
        (["library.Book", "x"], "'x' of library.Book"),
        (["awkward.UuidKey", "42"], "'42' of awkward.UuidKey"),
        (["awkward.Composite", "42"], "give a JSON array of row, number"),
        (["awkward.Composite", "[1]"], "give a JSON array of row, number"),
        (["awkward.Composite", "a"], "'a' of awkward.Composite"),
        (["--since=yesterday"], "'yesterday' is none. Give a date (2026-11-24)"),
        (["--until=2026-13-01"], "'2026-13-01' is none. Give"),
        (["--transaction=x"], "invalid int value: 'x'"),
        (["--database=third"], "invalid choice: 'third'"),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(CommandError) as raised:
        call_command("audit", "log", *arguments)
    assert message in str(raised.value)


def test_without_an_audit_table():
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE trigger_audit_event CASCADE")
    with pytest.raises(CommandError, match=r"Run manage\.py migrate first"):
        call_command("audit", "log")


def test_a_role_that_may_not_read():
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE clerk; SET LOCAL ROLE clerk")
    with pytest.raises(CommandError, match="GRANT SELECT ON trigger_audit_event"):
        call_command("audit", "log")
