"""What stops a migration that installs projections, and leaves everything as it was."""

import psycopg
import pytest

from tests.migrations.test_projections import ALL, CALLS, FUNCTION, TRIGGERS, book, is_called

NOT_THERE = (
    "ProjectionFunctionMissing: A projection's function is not there: make it in a migration that"
    " this one depends on. (shop.Book: list_books() RETURNS trigger)\n"
)
OF_ANOTHER_KIND = (
    "ProjectionReturnsNoTrigger: A projection's function is none that triggers can call: let it"
    " return trigger. (shop.Book: list_books() RETURNS trigger)\n"
)


def test_a_function_that_is_missing_or_of_another_kind(project):
    project.sql(CALLS)
    project.write(shop=book("list_books"))
    output = project.run("makemigrations", "migrate -v0", code=1)
    assert output.endswith(NOT_THERE)
    project.sql("CREATE FUNCTION list_books() RETURNS integer RETURN 1")
    assert project.run("migrate -v0", code=1) == OF_ANOTHER_KIND
    assert project.sql("SELECT to_regclass('shop_book') AS found") == [{"found": None}]
    project.sql("DROP FUNCTION list_books()")
    project.sql(FUNCTION.format("list_books"))
    project.migrate({"shop_book": ALL})
    assert is_called(project, "list_books")
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        project.sql("DROP FUNCTION list_books()")


def test_a_partitioned_table(project):
    project.sql(CALLS)
    project.sql(FUNCTION.format("list_books"))
    project.sql("CREATE TABLE shop_book (id bigint, title text) PARTITION BY LIST (id)")
    project.write(shop=book("list_books", managed=False))
    output = project.run("makemigrations", "migrate -v0", code=1)
    assert "(trigger_audit.E075) The audit of shop.Book has projections, and its table" in output
    output = project.run("migrate -v0 --skip-checks", code=1)
    assert "A projection misses what is written to partitions" in output
    assert project.sql(TRIGGERS) == project.catalog()["triggers"] == []
