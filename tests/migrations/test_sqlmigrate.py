"""The SQL that migrations run: what it locks, and that psql can run it."""

import os
import subprocess
from contextlib import closing

from tests import postgres
from tests.migrations.project import Project

BOOK = """
    class Book(models.Model):
        title = models.TextField()

        class Meta:
            audit = ["id"]
"""
LONGER = BOOK.replace("class Meta", "price = models.IntegerField(default=0)\n\n        class Meta")
LOCKS = """
    def print_locks(apps, schema_editor):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT mode FROM pg_locks WHERE relation = 'shop_book'::regclass"
                " AND pid = pg_backend_pid() ORDER BY mode"
            )
            print("locks:", *(mode for mode, in cursor.fetchall()))
"""


def test_a_change_of_columns_locks_nothing(project):
    project.step({"shop_book": "id"}, shop=BOOK)
    project.write(shop=BOOK.replace('["id"]', '"__all__"'))
    project.run("makemigrations")
    print_locks_at_the_end(project)
    assert locks(project.run("migrate -v0")) == set()
    assert project.operations("shop") == ["AlterAudit", "RunPython"]


def test_a_change_of_a_field_locks_what_the_field_locks(project):
    project.step({"shop_book": "id"}, shop=BOOK)
    project.write(shop=LONGER.replace('["id"]', '"__all__"'))
    project.run("makemigrations")
    print_locks_at_the_end(project)
    with_audit = locks(project.run("migrate -v0"))
    project.run("migrate -v0 shop 0001")
    path = next((project.folder / "shop" / "migrations").glob("0002*"))
    text = path.read_text()
    start = text.index("        trigger_audit.operations")
    end = text.index("        migrations.RunPython")
    path.write_text(text[:start] + text[end:])
    assert project.operations("shop") == ["AddField", "RunPython"]
    assert locks(project.run("migrate -v0")) == with_audit


def print_locks_at_the_end(project):
    path = next((project.folder / "shop" / "migrations").glob("0002*"))
    text = path.read_text().removesuffix("    ]\n")
    text += "        migrations.RunPython(print_locks, migrations.RunPython.noop),\n    ]\n"
    lines = [line.removeprefix("    ") for line in LOCKS.split("\n")]
    path.write_text(text.replace("\n\nclass Migration", "\n".join(lines) + "\n\nclass Migration"))


def locks(output):
    line = next(line for line in output.splitlines() if line.startswith("locks:"))
    return set(line.split()[1:]) - {"AccessShareLock"}


def test_a_change_of_columns_only_replaces_the_function(project):
    project.step({"shop_book": "id"}, shop=BOOK)
    project.write(shop=BOOK.replace('["id"]', '["id", "title"]'))
    project.run("makemigrations")
    statements = project.run("sqlmigrate shop 0002")
    assert statements.count("CREATE OR REPLACE FUNCTION") == 1
    assert "TRIGGER " not in statements
    assert "DROP" not in statements


def test_reversed_it_only_replaces_the_function(project):
    project.step({"shop_book": "id"}, shop=BOOK)
    project.step({"shop_book": "id title"}, shop=BOOK.replace('["id"]', '["id", "title"]'))
    statements = project.run("sqlmigrate shop 0002 --backwards")
    assert statements.count("CREATE OR REPLACE FUNCTION") == 1
    assert "TRIGGER " not in statements
    assert "DROP" not in statements


def test_psql_runs_the_output(project, tmp_path, runner, empty_database):
    """Into a database of its own, where then the same is found as after migrate."""
    dsn = empty_database()
    models = (
        LONGER
        + r"""
    class Author(models.Model):
        name = models.TextField(db_column="Author's name")
        books = models.ManyToManyField(Book)

        class Meta:
            audit = Audit(condition=pgtrigger.Q(new__name__contains="it's\\ :5 100%"))
            db_table = "Author: new"
    """
    )
    project.write(shop=BOOK)
    project.run("makemigrations")
    project.write(shop=models)
    project.run("makemigrations")
    project.write(shop=models.replace("price", "cost"))
    project.run("makemigrations", answers="y\n")
    steps = [("trigger_audit", "0001"), *(("shop", name) for name in project.migrations("shop"))]
    for app, name in steps:
        psql(dsn, project.run(f"sqlmigrate {app} {name}"))
        project.run(f"migrate -v0 {app} {name}")
    expected = project.catalog()
    assert len(expected["functions"]) == 3
    (tmp_path / "other").mkdir()
    with closing(Project(tmp_path / "other", runner, dsn)) as other:
        assert other.catalog() == expected
        psql_back(project, steps, dsn)
        assert other.catalog() == {"functions": [], "triggers": []}


def psql_back(project, steps, dsn):
    for app, name in reversed(steps[1:]):
        psql(dsn, project.run(f"sqlmigrate --backwards {app} {name}"))
        project.run(f"migrate -v0 {app} {previous(project, name)}")


def previous(project, name):
    names = ["zero", *project.migrations("shop")]
    return names[names.index(name) - 1]


def psql(dsn, statements):
    """Run statements as a DBA would who got them in a file."""
    program = postgres.programs_folder("18") / "psql"
    result = subprocess.run(
        [program, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", dsn],
        input=statements,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PGOPTIONS": "-c client_min_messages=warning"},
    )
    assert (result.returncode, result.stderr) == (0, "")
