"""``make demo``: from a model's Meta to audit rows, on a PostgreSQL that starts with it."""

import inspect
import io
import os
import sys
import tempfile
from pathlib import Path

# On a server of its own, so that it can be run again and again.
os.environ.pop("TRIGGER_AUDIT_TEST_DSN", None)
os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.demo_settings", "DRIVER": "psycopg2"}

import django
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F

QUERY = """
SELECT id, at::time(0), op, table_name, object_id, old->>'price' AS old_price,
       new->>'price' AS new_price, coalesce(new, old)->>'title' AS title
FROM trigger_audit_event
ORDER BY id
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        package = Path(folder) / "demo_migrations"
        package.mkdir()
        (package / "__init__.py").touch()
        django.setup()
        declare()
        migrate(package)
        write()
        follow()
        query()


def declare() -> None:
    from tests.example.models import Book

    heading("The model says what is audited")
    print(inspect.getsource(Book))


def migrate(package: Path) -> None:
    heading("makemigrations renders the triggers into the migration, where they are reviewed")
    call_command("makemigrations", "library")
    lines = (package / "0001_initial.py").read_text().splitlines()
    start = next(
        number
        for number, line in enumerate(lines)
        if "AddAudit(" in line and "model_name='book'" in lines[number + 1]
    )
    print("\n".join(["        …", *lines[start : start + 55], "        …"]))
    heading("migrate installs them")
    call_command("migrate", verbosity=0)
    print("Done. From now on the database records every change, whoever writes it.")


def write() -> None:
    from tests.example.models import Book, Publisher

    publisher = Publisher(name="Ace")
    step("publisher.save()", publisher.save)
    dune = Book(title="Dune", price="9.90", publisher=publisher)
    step("dune.save()", dune.save)
    emma, ulysses = Book(title="Emma", price="5.00"), Book(title="Ulysses", price="8.00")
    step("Book.objects.bulk_create([emma, ulysses])", Book.objects.bulk_create, [emma, ulysses])
    step(
        "Book.objects.update(price=F('price') * 2)",
        Book.objects.update,
        price=F("price") * 2,
    )
    step("raw SQL: UPDATE library_book SET title = 'Emma II' …", execute, UPDATE)
    step("COPY library_book FROM STDIN", copy)
    step("publisher.delete(): a cascade", publisher.delete)


UPDATE = "UPDATE library_book SET title = 'Emma II' WHERE title = 'Emma'"


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def copy() -> None:
    with connection.cursor() as cursor:
        statement = "COPY library_book (title, price) FROM STDIN WITH (FORMAT csv)"
        cursor.copy_expert(statement, io.StringIO("Middlemarch,7.50\n"))


def step(text: str, function: object, *args: object, **kwargs: object) -> None:
    print(f"  {text}")
    with transaction.atomic():
        function(*args, **kwargs)  # type: ignore[operator]


def follow() -> None:
    from tests.example import subscriptions
    from tests.example.models import BookListing
    from trigger_audit import feed

    heading("A subscription keeps a read store, which has no joins")
    print(inspect.getsource(subscriptions.keep_listings))
    while feed.run_once("library.listings").goes_on:
        pass
    for listing in BookListing.objects.order_by("book"):
        print(f"  {listing.book}  {listing.title}  {listing.price}")


def query() -> None:
    heading("What the database recorded")
    print(inspect.cleandoc(QUERY), end="\n\n")
    with connection.cursor() as cursor:
        cursor.execute(QUERY)
        names = [column.name for column in cursor.description]
        rows = [["" if cell is None else str(cell) for cell in row] for row in cursor]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    for line in [names, ["-" * width for width in widths], *rows]:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )


def heading(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m\n" if sys.stdout.isatty() else f"\n== {text}\n")


if __name__ == "__main__":
    main()
