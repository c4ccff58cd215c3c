"""Models whose statements call functions of the project."""

import pytest

ALL = "id title"
CALLS = "CREATE TABLE calls (id bigserial, function text, op text, titles text[])"
FUNCTION = """
    CREATE FUNCTION {0}() RETURNS trigger LANGUAGE plpgsql AS $body$
    DECLARE
        titles text[];
    BEGIN
        IF TG_OP IN ('INSERT', 'UPDATE') THEN
            titles := (SELECT array_agg(to_jsonb(new_rows) ->> 'title') FROM new_rows);
        END IF;
        INSERT INTO public.calls (function, op, titles) VALUES ('{0}', TG_OP, titles);
        RETURN NULL;
    END
    $body$
"""
TRIGGERS = r"""
    SELECT relname::text AS table, tgname::text AS name, tgfoid::regproc::text AS function
    FROM pg_trigger
    INNER JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgname LIKE '!trigger\_projection%'
    ORDER BY relname, tgname
"""


NO_AUDIT = """
    class Book(models.Model):
        title = models.TextField()
"""


def book(*projections, name="Book", table=None, managed=True, more=""):
    return f"""
    class {name}(models.Model):
        title = models.TextField()
        {more}

        class Meta:
            audit = Audit(projections={list(projections)!r})
            {"" if managed else "managed = False"}
            {f"db_table = {table!r}" if table else ""}
    """


def functions(*names):
    """The operations of a migration that makes functions."""
    return "".join(
        f"migrations.RunSQL({FUNCTION.format(name)!r}, 'DROP FUNCTION {name}()'),\n"
        for name in names
    )


def is_called(project, *names, table="shop_book"):
    """Whether a write of each kind calls these, in this order, and no other trigger is there."""
    operations = ("delete", "insert", "truncate", "update")
    assert project.sql(TRIGGERS) == [
        {"table": table, "name": f"!trigger_projection_{number:02}_{operation}", "function": name}
        for number, name in enumerate(names, start=1)
        for operation in operations
    ]
    project.sql("TRUNCATE calls")
    project.sql(f"INSERT INTO \"{table}\" (title) VALUES ('Emma')")
    project.sql(f"UPDATE \"{table}\" SET title = 'Dune'")
    project.sql(f'DELETE FROM "{table}"')
    project.sql(f'TRUNCATE "{table}"')
    project.new_events()
    writes = {"INSERT": ["Emma"], "UPDATE": ["Dune"], "DELETE": None, "TRUNCATE": None}
    return project.sql("SELECT function, op, titles FROM calls ORDER BY id") == [
        {"function": name, "op": op, "titles": titles}
        for op, titles in writes.items()
        for name in names
    ]


@pytest.fixture
def shop(project):
    """A project whose first migration makes two functions."""
    project.sql(CALLS)
    project.write(shop="")
    project.write_migration("shop", "0001_functions", functions("count_books", "list_books"))
    return project


def test_add_reorder_and_drop(shop):
    shop.step({"shop_book": ALL}, shop=book())
    shop.step({"shop_book": ALL}, shop=book("count_books"))
    assert shop.operations("shop") == ["AlterAudit"]
    assert is_called(shop, "count_books")
    shop.step({"shop_book": ALL}, shop=book("count_books", "list_books"))
    assert is_called(shop, "count_books", "list_books")
    shop.step({"shop_book": ALL}, shop=book("list_books", "count_books"))
    assert is_called(shop, "list_books", "count_books")
    shop.step({}, shop=NO_AUDIT)
    assert shop.operations("shop") == ["RemoveAudit"]
    assert is_called(shop)
    there = [["list_books", "count_books"], ["count_books", "list_books"], ["count_books"], []]
    for state, names in zip(shop.states[-2::-1], there, strict=True):
        shop.go(state)
        assert is_called(shop, *names)
    shop.go(shop.states[-2])
    assert is_called(shop, "list_books", "count_books")
    shop.go_to_zero()
    assert shop.sql(TRIGGERS) == []


def test_the_migration_shows_the_triggers(project):
    project.write(shop=book("count_books"))
    output = project.run("makemigrations -v0", "sqlmigrate shop 0001")
    text = project.migrations("shop")["0001_initial"]
    assert "            projections={\n" in text
    assert '                \'count_books\': trigger_audit.sql.SQL(r"""\n' in text
    assert '                    CREATE OR REPLACE TRIGGER "!trigger_projection_01_insert"\n' in text
    assert "                    AFTER INSERT ON :table\n" in text
    assert '                    EXECUTE FUNCTION "count_books"();\n' in text
    # What makes the function was not executed.
    assert 'AFTER TRUNCATE ON "shop_book"' in output


def test_rename_the_model_and_the_table(shop):
    shop.step({"shop_book": ALL}, shop=book("list_books"))
    shop.step({"shop_tome": ALL}, answers="y\n", shop=book("list_books", name="Tome"))
    assert is_called(shop, "list_books", table="shop_tome")
    shop.step({"Livres d'été": ALL}, shop=book("list_books", name="Tome", table="Livres d'été"))
    assert is_called(shop, "list_books", table="Livres d'été")
    shop.go(shop.states[0])
    assert is_called(shop, "list_books")


def test_add_and_remove_a_field(shop):
    pages = "pages = models.IntegerField(null=True)"
    shop.step({"shop_book": "id title pages"}, shop=book("list_books", more=pages))
    assert is_called(shop, "list_books")
    shop.step({"shop_book": ALL}, shop=book("count_books", "list_books"))
    assert is_called(shop, "count_books", "list_books")
    shop.go(shop.states[0])
    assert is_called(shop, "list_books")


def test_delete_the_model(shop):
    shop.step({"shop_book": ALL}, shop=book("list_books"))
    shop.step({}, shop="")
    assert shop.sql(TRIGGERS) == []
    shop.go(shop.states[0])
    assert is_called(shop, "list_books")


def test_functions_of_another_app_and_schema(project):
    project.sql(CALLS)
    project.sql("CREATE SCHEMA reports")
    project.write(shop=book("reports.list_books"), library="")
    project.write_migration("library", "0001_functions", functions("reports.list_books"))
    project.run("makemigrations -v0")
    path = project.migration_path("shop", "0001_initial")
    text = path.read_text().replace("    dependencies = [", DEPENDENT)
    path.write_text(text)
    project.migrate({"shop_book": ALL})
    assert project.operations("shop") == ["CreateModel", "AddAudit"]
    assert is_called(project, "reports.list_books")
    project.run("migrate -v0 library zero")
    assert project.sql(TRIGGERS) == []


DEPENDENT = '    dependencies = [("library", "0001_functions"), '


def test_a_model_of_another_app(shop):
    audit = 'Audit(projections=["list_books"])'
    register = f'trigger_audit.register("shop.Book", {audit}, app_label="library")'
    shop.step({"shop_book": ALL}, shop=NO_AUDIT, library=register)
    assert shop.operations("library") == ["AddAudit"]
    assert is_called(shop, "list_books")
    shop.run("migrate -v0 library zero")
    assert is_called(shop)


def test_an_unmanaged_model(shop):
    shop.sql("CREATE TABLE shop_book (id bigserial PRIMARY KEY, title text NOT NULL)")
    shop.step({"shop_book": ALL}, shop=book("list_books", managed=False))
    assert is_called(shop, "list_books")
    shop.go_to_zero()
    assert shop.sql(TRIGGERS) == []


def test_a_table_that_moves_to_another_app(shop):
    """By hand, in the state alone: the triggers are the new model's by then."""
    shop.step({"shop_book": ALL}, shop=book("list_books"), library="")
    shop.write(shop="", library=book("list_books", table="shop_book"))
    leaf = ("shop", shop.leaves()["shop"])
    shop.write_migration("library", "0001_book", MADE, dependencies=[leaf])
    shop.write_migration("shop", "0003_book", LEFT, dependencies=[("library", "0001_book")])
    shop.step({"shop_book": ALL})
    assert shop.operations("library")[-1] == "AddAudit"
    assert is_called(shop, "list_books")
    shop.run("migrate -v0 library 0001")
    assert is_called(shop, "list_books")
    shop.run("migrate -v0")
    assert is_called(shop, "list_books")


MADE = """
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.CreateModel(
                "Book",
                [("id", models.BigAutoField(primary_key=True)), ("title", models.TextField())],
                options={"db_table": "shop_book"},
            ),
        ]
    )
"""
LEFT = """
    migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Book")])
"""


def test_a_database_that_has_no_books(project):
    (project.folder / "routers.py").write_text(NO_BOOKS)
    project.configure(DATABASE_ROUTERS=["routers.Router"])
    project.write(shop=book("list_books"))
    project.run("makemigrations", "migrate -v0")
    assert project.sql(TRIGGERS) == []


NO_BOOKS = """\
class Router:
    def allow_migrate(self, db, app_label, **hints):
        return app_label != "shop"
"""


def test_without_migrations(project):
    project.sql(CALLS)
    project.configure(MIGRATION_MODULES={"trigger_audit": None, "shop": None})
    project.write(shop=book("list_books"))
    output = project.run("migrate -v0 --run-syncdb", code=1)
    assert "(shop.Book: list_books() RETURNS trigger)" in output
    project.sql(FUNCTION.format("list_books"))
    project.run("migrate -v0 --run-syncdb")
    assert is_called(project, "list_books")


def test_squash(shop):
    shop.step({"shop_book": ALL}, shop=book())
    shop.step({"shop_book": ALL}, shop=book("count_books"))
    shop.step({"shop_book": ALL}, shop=book("list_books", "count_books"))
    names = list(shop.migrations("shop"))
    shop.run(f"squashmigrations shop {names[-1]} --no-input -v0")
    for name in names:
        shop.migration_path("shop", name).unlink()
    assert shop.operations("shop") == ["RunSQL", "RunSQL", "CreateModel", "AddAudit"]
    shop.run("migrate -v0 --prune shop", "migrate -v0 shop zero", "migrate -v0")
    assert is_called(shop, "list_books", "count_books")
    shop.check_nothing_to_migrate()
