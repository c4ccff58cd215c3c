"""Roles with few rights, schemas, several databases and other vendors."""

import os

import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.migrations.project import Project, database

BOOK = """
    class Book(models.Model):
        title = models.TextField()
        tags = models.ManyToManyField("Tag")

        class Meta:
            audit = "__all__"


    class Tag(models.Model):
        name = models.TextField()
"""
AUDITED = {"shop_book": "id title", "shop_book_tags": "id book_id tag_id"}
LONGER = BOOK.replace("tags =", "price = models.IntegerField(default=0)\n        tags =", 1)
LONGER_AUDITED = {**AUDITED, "shop_book": "id title price"}


@pytest.fixture
def make_project(tmp_path, runner):
    """Makes projects, each in a folder of its own."""
    projects = []

    def make(dsn, schema):
        folder = tmp_path / str(len(projects))
        folder.mkdir()
        projects.append(Project(folder, runner, dsn, schema))
        return projects[-1]

    yield make
    for project in projects:
        project.close()


@pytest.fixture
def tenant(project):
    """A role that owns a schema of its own name, and has no rights elsewhere."""
    name = f"tenant_{os.getpid()}"
    password = conninfo_to_dict(project.dsn).get("password", "")
    role = sql.Identifier(name)
    for statement in [
        "CREATE ROLE {} LOGIN NOSUPERUSER",
        "CREATE SCHEMA AUTHORIZATION {}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC, {}",
        "ALTER ROLE {} SET search_path = {}",
    ]:
        project.sql(sql.SQL(statement.replace("{}", "{0}")).format(role))
    if password:
        project.sql(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
    yield name
    project.sql(sql.SQL("DROP OWNED BY {}").format(role))
    project.sql(sql.SQL("DROP ROLE {}").format(role))


def test_a_role_that_owns_its_schema_can_migrate(project, tenant, make_project):
    limited = make_project(make_conninfo(project.dsn, user=tenant), tenant)
    limited.step(AUDITED, shop=BOOK)
    limited.step(LONGER_AUDITED, shop=LONGER)
    renamed = {"shop_novel": "id title price", "shop_novel_tags": "id novel_id tag_id"}
    limited.step(renamed, answers="y\n", shop=LONGER.replace("Book", "Novel"))
    limited.walk()
    limited.run("migrate -v0 trigger_audit zero")
    public = project.sql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    assert public == []


def test_schemas_of_one_database_do_not_touch_each_other(project, make_project):
    tenants = []
    for schema in ("first", "second"):
        project.sql(f"CREATE SCHEMA {schema}")
        dsn = make_conninfo(project.dsn, options=f"-c search_path={schema}")
        tenants.append(make_project(dsn, schema))
    first, second = tenants
    first.step(AUDITED, shop=BOOK)
    catalog = first.catalog()
    second.step(AUDITED, shop=BOOK)
    second.step(LONGER_AUDITED, shop=LONGER)
    assert first.catalog() == catalog
    assert first.new_events() == []
    second.walk()
    second.go_to_zero()
    assert first.catalog() == catalog
    first.check(first.states[0])
    second.new_events()
    first.step(LONGER_AUDITED, shop=LONGER)
    first.walk()
    assert second.new_events() == []


ROUTER = """
class Router:
    \"\"\"The shop lives in other, and so do its events.\"\"\"

    def allow_migrate(self, db, app_label, **hints):
        return db == "other"
"""


def two_databases(project, empty_database):
    other = empty_database()
    databases = {"default": database(project.dsn), "other": database(other)}
    project.configure(DATABASES=databases)
    return other


def test_each_database_has_its_own(project, empty_database, make_project):
    other = make_project(two_databases(project, empty_database), "public")
    project.step(AUDITED, shop=BOOK)
    assert other.catalog() == {"functions": [], "triggers": []}
    project.run("migrate -v0 --database other")
    other.settle(AUDITED)
    catalog = project.catalog()
    assert other.catalog() == catalog
    project.write(shop=LONGER)
    project.run("makemigrations", "migrate -v0 --database other")
    other.settle(LONGER_AUDITED)
    assert project.catalog() == catalog
    project.run("migrate -v0 --database other shop zero")
    assert other.catalog() == {"functions": [], "triggers": []}
    project.check(project.states[0])


def test_routers_are_respected(project, empty_database, make_project):
    other = make_project(two_databases(project, empty_database), "public")
    (project.folder / "routers.py").write_text(ROUTER)
    project.configure(DATABASE_ROUTERS=["routers.Router"])
    project.write(shop=BOOK)
    project.run("makemigrations", "migrate -v0", "migrate -v0 --database other")
    assert project.catalog() == {"functions": [], "triggers": []}
    assert project.sql("SELECT to_regclass('trigger_audit_event') AS oid") == [{"oid": None}]
    other.settle(AUDITED)
    project.run("migrate -v0 shop zero", "migrate -v0 --database other shop zero")
    assert other.catalog() == {"functions": [], "triggers": []}


BY_MODEL = """
class Router:
    \"\"\"Tables of the shop live in other, whoever asks by their models.\"\"\"

    def allow_migrate(self, db, app_label, *, model=None, **hints):
        if model is not None and model._meta.db_table.startswith("shop_"):
            return db == "other"
"""


def test_a_router_may_ask_for_the_model(project, empty_database, make_project):
    other = make_project(two_databases(project, empty_database), "public")
    (project.folder / "routers.py").write_text(BY_MODEL)
    project.configure(DATABASE_ROUTERS=["routers.Router"])
    project.write(shop=BOOK)
    project.run("makemigrations", "migrate -v0", "migrate -v0 --database other")
    other.settle(AUDITED)
    assert project.catalog() == {"functions": [], "triggers": []}
    project.run("audit status", "audit status --database other", "check --database default")


EVENTS_IN_OTHER = ROUTER.replace('db == "other"', 'db == "other" or app_label != "trigger_audit"')


def test_a_database_without_the_audit_table_is_left_alone(project, empty_database, make_project):
    other = make_project(two_databases(project, empty_database), "public")
    (project.folder / "routers.py").write_text(EVENTS_IN_OTHER)
    project.configure(DATABASE_ROUTERS=["routers.Router"])
    project.write(shop=BOOK)
    project.run("makemigrations", "migrate -v0", "migrate -v0 --database other")
    project.write(shop=LONGER)
    project.run("makemigrations", "migrate -v0", "migrate -v0 --database other")
    renamed = LONGER.replace("Book", "Novel").replace("title", "name")
    project.write(shop=renamed)
    project.run("makemigrations", "migrate -v0", answers="y\ny\n")
    project.sql("INSERT INTO shop_novel (name, price) VALUES ('Emma', 3)")
    assert project.catalog() == {"functions": [], "triggers": []}
    assert "UNALLOWED" in project.run("pgtrigger ls")
    project.run("migrate -v0 --database other", "audit status --database other")
    other.settle({"shop_novel": "id name price", "shop_novel_tags": "id novel_id tag_id"})
    project.run("migrate -v0 shop zero", "migrate -v0 --database other shop zero")
    assert other.catalog() == {"functions": [], "triggers": []}


TENANTS = """
class Router:
    \"\"\"Tenants have the shop, and share the audit table.\"\"\"

    def allow_migrate(self, db, app_label, **hints):
        return (db == "default") == (app_label == "trigger_audit")
"""


def test_tenants_may_share_the_audit_table(project, make_project):
    tenants = {}
    for name in ("first", "second"):
        project.sql(f"CREATE SCHEMA {name}")
        dsn = make_conninfo(project.dsn, options=f"-c search_path={name},public")
        tenants[name] = make_project(dsn, name)
    (project.folder / "routers.py").write_text(TENANTS)
    databases = {name: database(tenant.dsn) for name, tenant in tenants.items()}
    project.configure(
        DATABASES={"default": database(project.dsn), **databases},
        DATABASE_ROUTERS=["routers.Router"],
    )
    project.run("migrate -v0")
    for name in tenants:
        project.sql(
            f"CREATE TABLE {name}.django_migrations (LIKE public.django_migrations INCLUDING ALL)"
        )
    project.write(shop=BOOK)
    every = [f"migrate -v0 --database {name}" for name in ("default", *tenants)]
    project.run("makemigrations", *every)
    project.write(shop=LONGER)
    project.run("makemigrations", *every)
    assert project.catalog() == {"functions": [], "triggers": []}
    for name, tenant in tenants.items():
        tenant.seen = project.sql("SELECT coalesce(max(id), 0) AS id FROM trigger_audit_event")[0][
            "id"
        ]
        tenant.settle(LONGER_AUDITED)
        project.run(f"audit status --database {name}")
        assert "NOT" not in project.run(f"pgtrigger ls --database {name}")
    project.run("migrate -v0 --database first shop zero")
    assert tenants["first"].catalog() == {"functions": [], "triggers": []}
    assert tenants["second"].catalog() == tenants["second"].states[0].catalog


@pytest.mark.parametrize("is_default", [False, True], ids=["besides", "by default"])
def test_another_vendor_gets_no_sql(project, is_default):
    lite = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(project.folder / "lite.db")}
    server = database(project.dsn)
    names = ("lite", "default") if not is_default else ("default", "server")
    project.configure(DATABASES=dict(zip(names, (lite, server), strict=True)))
    project.write(shop=BOOK)
    project.run("makemigrations")
    project.write(shop=LONGER)
    project.run("makemigrations")
    project.write(shop=LONGER.replace("Book", "Novel").replace("title", "name"))
    project.run("makemigrations", answers="y\ny\n")
    lite_alias, server_alias = names
    names = project.migrations("shop")
    statements = project.run(*(f"sqlmigrate --database {lite_alias} shop {name}" for name in names))
    assert "trigger" not in statements.lower().replace("trigger_audit", "")
    assert "FUNCTION" not in statements
    for target in ("", "shop 0001", "", "shop zero"):
        project.run(f"migrate -v0 --database {lite_alias} {target}")
    assert project.catalog() == {"functions": [], "triggers": []}
    project.run(f"migrate -v0 --database {server_alias}")
    project.settle({"shop_novel": "id name price", "shop_novel_tags": "id novel_id tag_id"})
