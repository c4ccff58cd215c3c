"""The example of ``docs/projections.md``, step by step, in a project that has books already."""

import re
import textwrap

from tests.capture.projections import DOCS, FUNCTIONS, KEPT, LIVE, NAMES, REBUILD

CODE = re.findall(r"^ *```python\n(.*?)^ *```", DOCS, re.DOTALL | re.MULTILINE)
BOOK, READ, MAKING, FILLING = map(textwrap.dedent, CODE)
DECLARED = 'Audit(projections=["library_count_books", "library_list_books"])'
PUBLISHER = """
class Publisher(models.Model):
    name = models.TextField()

    class Meta:
        audit = {}


"""
WITH = PUBLISHER.format('Audit(projections=["library_list_publishers"])') + BOOK + "\n\n" + READ
WITHOUT = PUBLISHER.format('"__all__"') + BOOK.replace(DECLARED, '"__all__"') + "\n\n" + READ
ROWS = """
    INSERT INTO library_publisher VALUES ({0}, 'Ace'), ({0} + 1, 'Knopf');
    INSERT INTO library_book VALUES ({0}, 'Dune', {0}), ({0} + 1, 'Emma', {0} + 1);
"""
CHANGES = """
    UPDATE library_book SET publisher_id = 1;
    UPDATE library_publisher SET name = name || '!';
    DELETE FROM library_book WHERE title = 'Emma';
"""
CONSTANTS = f"\n\nFUNCTIONS = r'''{FUNCTIONS}'''\n\nREBUILD = r'''{REBUILD}'''\n"


def operations(block):
    """The operations that a block shows, those of makemigrations left out."""
    shown = textwrap.dedent(block.partition("operations = [\n")[2].rpartition("]")[0])
    return shown.partition("...,\n")[2] or shown


def is_right(project):
    kept, live = (
        [[tuple(row.values()) for row in project.sql(query)] for query in queries]
        for queries in (KEPT, LIVE)
    )
    return kept == live


def fill(project):
    """Have the newest migration fill the tables, as the documentation shows."""
    name, text = max(project.migrations("library").items())
    lines = textwrap.indent(operations(FILLING), "        ")
    filled = text.removesuffix("    ]\n") + f"{lines}    ]\n"
    path = project.migration_path("library", name)
    path.write_text(filled.replace("\n\nclass Migration", CONSTANTS + "\n\nclass Migration"))


def test_the_example(project):
    project.write(library=WITHOUT)
    project.run("makemigrations", "migrate -v0")
    project.sql(ROWS.format(1))
    project.write_migration("library", "0002_functions", operations(MAKING), header=CONSTANTS)
    project.write(library=WITH)
    project.run("makemigrations")
    assert project.operations("library") == ["AlterAudit", "AlterAudit"]
    fill(project)
    project.run("migrate -v0")
    assert is_right(project)
    project.sql(ROWS.format(5))
    project.sql(CHANGES)
    assert is_right(project)
    project.run("migrate -v0 library 0002")
    project.sql(ROWS.format(7))
    assert not is_right(project)
    project.run("migrate -v0")
    assert is_right(project)
    project.check_nothing_to_migrate()
    project.run("migrate -v0 library 0001")
    names = {each["name"] for each in project.sql("SELECT proname AS name FROM pg_proc")}
    assert names.isdisjoint(NAMES)
