"""Models whose events have a typed view."""

import psycopg
import pytest

from trigger_audit.sql import quote_identifier

ALL = "id title price"
COLUMNS = """
    SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type
    FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0
    ORDER BY attnum
"""
FIXED = {
    "id": "bigint",
    "at": "timestamp with time zone",
    "txid": "xid8",
    "op": "text",
    "object_id": "text",
    "who": "text",
    "context": "jsonb",
    "db_user": "text",
}


def book(audit, *, title="title", price="IntegerField(null=True)", name="Book", table=None):
    return f"""
    class {name}(models.Model):
        {title} = models.TextField()
        price = models.{price}

        class Meta:
            audit = {audit}
            {f"db_table = {table!r}" if table else ""}
    """


VIEW = "Audit(view=True)"


def columns(project, view):
    """The columns of a view of the database, with their types; empty if there is none."""
    found = project.sql(COLUMNS, quote_identifier(view))
    return {column["name"]: column["type"] for column in found}


def of(**types):
    """The columns that a view has."""
    pairs = {f"{image}_{name}": kind for name, kind in types.items() for image in ("old", "new")}
    return {**FIXED, **pairs}


BOOK = of(id="bigint", price="integer", title="text")


def test_add_and_drop_a_view(project):
    project.step({"shop_book": ALL}, shop=book('"__all__"'))
    assert columns(project, "shop_book_audit") == {}
    project.step({"shop_book": ALL}, shop=book(VIEW))
    assert project.operations("shop") == ["AlterAudit"]
    assert columns(project, "shop_book_audit") == BOOK
    project.step({"shop_book": ALL}, shop=book('"__all__"'))
    assert columns(project, "shop_book_audit") == {}
    project.step({"shop_book": ALL}, shop=book(VIEW))
    project.step({}, shop=book("None"))
    assert columns(project, "shop_book_audit") == {}
    project.go(project.states[3])
    assert columns(project, "shop_book_audit") == BOOK
    project.go(project.states[2])
    assert columns(project, "shop_book_audit") == {}
    project.walk()


def test_the_migration_shows_the_view(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    text = project.migrations("shop")["0001_initial"]
    line = "image.old -> 'price') AS \"old_price\",\n"
    assert (
        '            view=trigger_audit.sql.SQL(r"""\n                CREATE VIEW :view\n' in text
    )
    assert line in text
    project.check_nothing_to_migrate()


def test_what_it_shows(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    project.sql("INSERT INTO shop_book VALUES (DEFAULT, 'Emma', 5)")
    project.sql("UPDATE shop_book SET price = 7 WHERE title = 'Emma'")
    rows = project.sql(
        "SELECT op, object_id, who, db_user, old_title, new_title, old_price, new_price"
        " FROM shop_book_audit WHERE coalesce(old_title, new_title) = 'Emma' ORDER BY id"
    )
    key = project.sql("SELECT id FROM shop_book WHERE title = 'Emma'")[0]["id"]
    same = {"object_id": str(key), "who": None, "db_user": "postgres", "new_title": "Emma"}
    assert rows == [
        {**same, "op": "INSERT", "old_title": None, "old_price": None, "new_price": 5},
        {**same, "op": "UPDATE", "old_title": "Emma", "old_price": 5, "new_price": 7},
    ]


def test_rename_a_column(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    project.sql("INSERT INTO shop_book VALUES (DEFAULT, 'Emma', 5)")
    renamed = {"shop_book": "id name price"}
    project.step(renamed, answers="y\n", shop=book(VIEW, title="name"))
    assert columns(project, "shop_book_audit") == of(id="bigint", name="text", price="integer")
    query = "SELECT new_name FROM shop_book_audit WHERE op = 'INSERT' AND new_price = 5"
    assert {"new_name": "Emma"} in project.sql(query)
    project.go(project.states[0])
    assert columns(project, "shop_book_audit") == BOOK
    query = "SELECT new_title FROM shop_book_audit WHERE op = 'INSERT' AND new_price = 5"
    assert {"new_title": "Emma"} in project.sql(query)
    project.go(project.states[1])
    project.walk()


def test_rename_a_column_by_hand(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    operation = 'migrations.RenameField("book", "price", "cost"),'
    project.write_migration("shop", "0002_rename", operation)
    project.migrate({"shop_book": "id title cost"})
    assert columns(project, "shop_book_audit") == {
        name.replace("price", "cost"): kind for name, kind in BOOK.items()
    }
    project.go(project.states[0])
    assert columns(project, "shop_book_audit") == BOOK


def test_rename_a_model(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    project.sql("INSERT INTO shop_book VALUES (DEFAULT, 'Emma', 5)")
    project.step({"shop_tome": ALL}, answers="y\n", shop=book(VIEW, name="Tome"))
    assert columns(project, "shop_book_audit") == {}
    assert columns(project, "shop_tome_audit") == BOOK
    query = "SELECT new_title FROM shop_tome_audit WHERE op = 'INSERT' AND new_price = 5"
    assert {"new_title": "Emma"} in project.sql(query)
    project.go(project.states[0])
    assert columns(project, "shop_book_audit") == BOOK
    project.go(project.states[1])
    project.walk()


def test_change_the_table(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    table = "Livres " + "é" * 27
    project.step({table: ALL}, shop=book(VIEW, table=table))
    (view,) = project.sql(
        "SELECT relname::text AS name FROM pg_class WHERE relkind = 'v' AND relname LIKE 'Livres%'"
    )
    assert columns(project, view["name"]) == BOOK
    assert len(view["name"].encode()) <= 63
    project.walk()


def test_change_a_type(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    project.sql("INSERT INTO shop_book VALUES (DEFAULT, 'Emma', 5)")
    decimal = "DecimalField(max_digits=8, decimal_places=2, null=True)"
    project.step({"shop_book": ALL}, shop=book(VIEW, price=decimal))
    assert columns(project, "shop_book_audit") == of(id="bigint", price="numeric", title="text")
    date = "DateField(null=True)"
    operation = f'migrations.AlterField("book", "price", models.{date}),'
    project.write(shop=book(VIEW, price=date))
    project.write_migration(
        "shop",
        "0003_date",
        "migrations.RunSQL('ALTER TABLE shop_book ALTER price TYPE date USING NULL',"
        f" state_operations=[{operation}]),",
    )
    project.run("makemigrations", "migrate -v0")
    assert columns(project, "shop_book_audit") == of(id="bigint", price="date", title="text")
    query = "SELECT new_price FROM shop_book_audit WHERE new_title = 'Emma'"
    assert project.sql(query) == [{"new_price": None}]


def test_remove_and_add_columns(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    added = book(VIEW).replace("price =", "pages = models.IntegerField(null=True)\n        price =")
    project.step({"shop_book": "id title price pages"}, shop=added)
    assert columns(project, "shop_book_audit") == of(
        id="bigint", pages="integer", price="integer", title="text"
    )
    project.step({"shop_book": ALL}, shop=book(VIEW))
    assert columns(project, "shop_book_audit") == BOOK
    project.walk()


def test_delete_the_model(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    project.step({}, shop="")
    assert columns(project, "shop_book_audit") == {}
    project.go(project.states[0])
    assert columns(project, "shop_book_audit") == BOOK
    project.walk()


def test_who_was_let_read_it_still_is(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    project.sql("GRANT SELECT ON shop_book_audit TO pg_monitor WITH GRANT OPTION")
    rights = "SELECT relacl::text[] AS acl FROM pg_class WHERE relname = 'shop_book_audit'"
    before = project.sql(rights)
    project.step(
        {"shop_book": "id title price pages"},
        shop=book(VIEW).replace(
            "price =", "pages = models.IntegerField(null=True)\n        price ="
        ),
    )
    assert project.sql(rights) == before


def test_default_privileges_give_no_right(project):
    project.write(shop=book(VIEW))
    project.run("makemigrations", "migrate -v0 trigger_audit")
    project.sql("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor")
    project.run("migrate -v0")
    rights = "SELECT has_table_privilege('pg_monitor', 'shop_book_audit', 'SELECT') AS may"
    assert project.sql(rights) == [{"may": False}]


def test_a_view_of_the_users_on_it_stops_the_migration(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    project.sql("CREATE VIEW report AS SELECT new_price FROM shop_book_audit")
    project.write(shop=book('"__all__"'))
    output = project.run("makemigrations", "migrate -v0", code=1)
    assert "cannot drop view shop_book_audit because other objects depend on it" in output
    assert columns(project, "shop_book_audit") == BOOK


@pytest.mark.parametrize("apps", [["trigger_audit", "shop"], ["shop"]])
def test_without_migrations(project, apps):
    project.configure(MIGRATION_MODULES=dict.fromkeys(apps))
    project.write(shop=book(VIEW))
    # Tables of such apps are made before any migration, of the audit table too, is applied.
    project.run("migrate -v0 --run-syncdb")
    assert columns(project, "shop_book_audit") == BOOK
    project.run("migrate -v0 --run-syncdb", "flush -v0 --no-input")
    assert columns(project, "shop_book_audit") == BOOK


def test_redacted_and_excluded_columns(project):
    audit = 'Audit(exclude=["price"], redact=["title"], view=True)'
    project.write(shop=book(audit))
    project.run("makemigrations", "migrate -v0")
    project.sql("INSERT INTO shop_book VALUES (1, 'Emma', 5)")
    assert columns(project, "shop_book_audit") == of(id="bigint", title="text")
    query = "SELECT old_title, new_title FROM shop_book_audit"
    assert project.sql(query) == [{"old_title": None, "new_title": "[redacted]"}]


@pytest.mark.parametrize(
    "condition", ["object_id = '42'", "object_id = '42' AND at > '2026-11-01'"]
)
def test_a_row_is_found_by_index(project, condition):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    project.sql("SET enable_seqscan = off")
    project.sql("SET enable_bitmapscan = off")
    plan = project.sql(f"EXPLAIN SELECT at, who, new_price FROM shop_book_audit WHERE {condition}")
    lines = [line["QUERY PLAN"] for line in plan]
    conditions = [line.strip() for line in lines if "Index Cond" in line]
    assert conditions
    assert all("(object_id = '42'::text)" in line for line in conditions), lines
    if "at >" in condition:
        assert not any("2026_10" in line for line in lines)


def test_nobody_reads_events_through_it(project):
    project.step({"shop_book": ALL}, shop=book(VIEW))
    project.sql("CREATE ROLE test_reader")
    try:
        project.sql("GRANT SELECT ON shop_book_audit TO test_reader")
        project.sql("SET ROLE test_reader")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            project.sql("SELECT * FROM shop_book_audit")
    finally:
        project.sql("RESET ROLE")
        project.sql("DROP OWNED BY test_reader")
        project.sql("DROP ROLE test_reader")


def test_a_table_that_moves_to_another_app(project):
    """By hand, in the state alone: the view is the new model's by then, and goes back with it."""
    project.write(library="")
    project.step({"shop_book": ALL}, shop=book(VIEW))
    project.write(shop="", library=book(VIEW, table="shop_book"))
    leaf = ("shop", project.leaves()["shop"])
    project.write_migration("library", "0001_book", MADE, dependencies=[leaf])
    project.write_migration("shop", "0002_book", LEFT, dependencies=[("library", "0001_book")])
    project.step({"shop_book": ALL})
    assert columns(project, "shop_book_audit") == BOOK
    project.run("migrate -v0 library 0001")
    assert columns(project, "shop_book_audit") == BOOK
    project.run("migrate -v0")
    assert columns(project, "shop_book_audit") == BOOK


MADE = """
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.CreateModel(
                "Book",
                [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("title", models.TextField()),
                    ("price", models.IntegerField(null=True)),
                ],
                options={"db_table": "shop_book"},
            ),
        ]
    )
"""
LEFT = """
    migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Book")])
"""
