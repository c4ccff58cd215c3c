"""A throw-away Django project whose models change step by step, on a database of its own."""

import itertools
import json
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from pprint import pformat
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from tests.migrations.runner import Runner
from trigger_audit.sql import capture_function

HEADER = """\
import pgtrigger
from django.db import models
from django.db.models import F, Q

import trigger_audit
from trigger_audit import Audit


"""
SETTINGS = {
    "INSTALLED_APPS": ["pgtrigger", "trigger_audit"],
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "SECRET_KEY": "of the tests",
    "USE_TZ": True,
}
CONFIG = [
    "search_path=pg_catalog, pg_temp",
    "jit=off",
    "enable_nestloop=off",
    "TimeZone=UTC",
    "DateStyle=ISO, YMD",
    "IntervalStyle=postgres",
    "bytea_output=hex",
    "extra_float_digits=1",
]


@dataclass
class Captured:
    """What the events of a table hold: ``columns`` of it, some of them redacted."""

    columns: str | tuple[str, ...]
    redact: str = ""
    images: str = "full"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns.split()) if isinstance(self.columns, str) else self.columns

    def image(self, row: dict[str, Any], other: dict[str, Any] | None = None) -> dict[str, Any]:
        """The part of ``row`` that events show; ``other`` is the row before an UPDATE."""
        shown = {name: row[name] for name in self.names}
        for name in set(self.redact.split()) & shown.keys():
            if row[name] is not None:
                changed = other is not None and other[name] != row[name]
                shown[name] = "[redacted: changed]" if changed else "[redacted]"
        return shown

    def images_of_update(self, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        images = {"old": self.image(old), "new": self.image(new, old)}
        if self.images == "full":
            return images
        return {
            name: {key: value for key, value in image.items() if old[key] != new[key]}
            for name, image in images.items()
        }


@dataclass
class State:
    """A point in the history of a project: its migrations, and what they make of the database."""

    leaves: dict[str, str]
    audited: dict[str, Captured]
    catalog: dict[str, Any] = field(default_factory=dict)


class Project:
    """The project in ``folder``, on the database ``dsn``, whose tables are made in ``schema``."""

    def __init__(self, folder: Path, runner: Runner, dsn: str, schema: str = "public") -> None:
        self.folder = folder
        self.runner = runner
        self.dsn = dsn
        self.schema = schema
        self.apps: list[str] = []
        self.states: list[State] = []
        self.values = itertools.count(1)
        self.session = psycopg.connect(dsn, autocommit=True, row_factory=dict_row)
        self.seen = 0
        self.configure()

    def close(self) -> None:
        self.session.close()

    # The project's files.

    def configure(self, **settings: Any) -> None:
        """Write the settings, with additions; apps of the project go first."""
        self.settings = {**getattr(self, "settings", {}), **settings}
        values = {**SETTINGS, "DATABASES": {"default": database(self.dsn)}, **self.settings}
        values["INSTALLED_APPS"] = [*self.apps, *values["INSTALLED_APPS"]]
        lines = [f"{name} = {pformat(value)}\n" for name, value in values.items()]
        (self.folder / "settings.py").write_text("".join(lines))

    def write(self, **models: str) -> None:
        """Write the models of apps."""
        for app, source in models.items():
            if app not in self.apps:
                (self.folder / app / "migrations").mkdir(parents=True)
                (self.folder / app / "__init__.py").touch()
                (self.folder / app / "migrations" / "__init__.py").touch()
                self.apps.append(app)
                self.configure()
            (self.folder / app / "models.py").write_text(HEADER + textwrap.dedent(source))

    def write_migration(
        self, app: str, name: str, operations: str, *, header: str = "", **attributes: Any
    ) -> None:
        """Write a migration by hand that follows the app's newest."""
        dependencies = attributes.pop("dependencies", [])
        if leaf := self.leaves()[app]:
            dependencies = [(app, leaf), *dependencies]
        attributes["dependencies"] = dependencies
        lines = "".join(f"    {key} = {value!r}\n" for key, value in attributes.items())
        body = textwrap.indent(textwrap.dedent(operations).strip(), "        ")
        self.migration_path(app, name).write_text(
            "from django.db import migrations, models\n"
            "import trigger_audit.operations, trigger_audit.sql\n"
            f"{textwrap.dedent(header)}\n\nclass Migration(migrations.Migration):\n"
            f"{lines}    operations = [\n{body}\n    ]\n"
        )

    def migration_path(self, app: str, name: str) -> Path:
        return self.folder / app / "migrations" / f"{name}.py"

    def migrations(self, app: str) -> dict[str, str]:
        """The texts of the app's migrations, by name."""
        paths = sorted((self.folder / app / "migrations").glob("[0-9]*.py"))
        return {path.stem: path.read_text() for path in paths}

    def operations(self, app: str) -> list[str]:
        """The classes of the operations in the app's newest migration."""
        text = list(self.migrations(app).values())[-1].partition("\n    operations = [")[2]
        return re.findall(r"^        [\w.]*?(\w+)\(", text, re.MULTILINE)

    def leaves(self) -> dict[str, str]:
        return {app: max(self.migrations(app), default="") for app in self.apps}

    # Commands.

    def run(self, *commands: str, answers: str = "", code: int = 0) -> str:
        """Run manage.py commands in one process, which ends with ``code``; return the output."""
        split = [command.split() for command in commands]
        found, output = self.runner.run(self.folder, split, answers)
        assert found == code, output
        return output

    def python(self, source: str) -> str:
        """Run Python in the project; return what it printed."""
        path = self.folder / "script.py"
        path.write_text(textwrap.dedent(source))
        return self.run("shell --no-imports -v0 -c exec(open('script.py').read())")

    def step(
        self, audited: dict[str, Any], answers: str = "", **models: str
    ) -> list[dict[str, Any]]:
        """Let the models become these, migrate, and check that ``audited`` is what is audited.

        Returns the events of the migration itself.
        """
        self.write(**models)
        self.run("makemigrations", "migrate -v0", answers=answers)
        return self.settle(audited)

    def migrate(self, audited: dict[str, Any]) -> list[dict[str, Any]]:
        """Apply the migrations there are: a step whose migrations are written by hand."""
        self.run("migrate -v0")
        return self.settle(audited)

    def settle(self, audited: dict[str, Any]) -> list[dict[str, Any]]:
        """Check that ``audited`` is what is audited now, and remember it."""
        events = self.new_events()
        state = State(self.leaves(), {name: captured(each) for name, each in audited.items()})
        self.check(state)
        state.catalog = self.catalog()
        self.states.append(state)
        return events

    def go(self, state: State) -> list[dict[str, Any]]:
        """Migrate to a state that was there before; return the events of the migration itself."""
        leaves = {app: state.leaves.get(app) or "zero" for app in self.apps}
        self.run(*(f"migrate -v0 {app} {leaf}" for app, leaf in leaves.items()))
        events = self.new_events()
        self.check(state)
        assert self.catalog() == state.catalog
        return events

    def walk(self) -> list[list[dict[str, Any]]]:
        """Go back through all the states, and forward again: everything is as it was.

        Returns the events of each migration, those of the way back first.
        """
        path = [*self.states[-2::-1], *self.states[1:]]
        events = [self.go(state) for state in path]
        self.go_to_zero()
        self.run("migrate -v0")
        self.new_events()
        assert self.catalog() == self.states[-1].catalog
        self.check_nothing_to_migrate()
        return events

    def go_to_zero(self) -> None:
        """Unapply everything: nothing is left of the audits but the events."""
        self.run(*(f"migrate -v0 {app} zero" for app in self.apps))
        assert self.catalog() == {"functions": [], "triggers": []}

    def check_nothing_to_migrate(self) -> None:
        """The migrations and the database agree with the models."""
        output = self.run("makemigrations --check --dry-run -v3", "audit status")
        assert output.startswith("No changes detected\n")

    # The database.

    def sql(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        cursor = self.session.execute(query, parameters or None)
        return cursor.fetchall() if cursor.description else []

    def events(self) -> list[dict[str, Any]]:
        """All the events, less what differs from run to run."""
        return self._events(0)

    def new_events(self) -> list[dict[str, Any]]:
        """The events since the last call."""
        events = self._events(self.seen)
        newest = self.sql("SELECT coalesce(max(id), 0) AS id FROM trigger_audit_event")
        self.seen = newest[0]["id"]
        return events

    def _events(self, after: int) -> list[dict[str, Any]]:
        return self.sql(
            """
            SELECT op, table_schema, table_name, object_id, old, new, context, db_user
            FROM trigger_audit_event
            WHERE id > %s
            ORDER BY id
            """,
            after,
        )

    def event(self, op: str, table: str, object_id: Any = None, **images: Any) -> dict[str, Any]:
        """A whole event, as :meth:`events` returns it."""
        return {
            "op": op,
            "table_schema": self.schema,
            "table_name": table,
            "object_id": None if object_id is None else str(object_id),
            "old": images.get("old"),
            "new": images.get("new"),
            "context": None,
            "db_user": self.session.info.user,
        }

    def migrated(self, op: str, table: str, object_id: Any = None, **images: Any) -> dict[str, Any]:
        """The same, of what a migration wrote."""
        return {**self.event(op, table, object_id, **images), "context": {"command": "migrate"}}

    def renamed(self, kind: str, table: str, old: str, new: str) -> dict[str, Any]:
        """The event of a rename; ``kind`` is table or column."""
        return self.migrated("RENAME", table, old={f"{kind}_name": old}, new={f"{kind}_name": new})

    def catalog(self) -> dict[str, Any]:
        """All that the catalog knows of the capture functions and their triggers."""
        return {
            "functions": self.sql(FUNCTIONS, self.schema),
            "triggers": self.sql(TRIGGERS, self.schema),
        }

    def check(self, state: State) -> None:
        """Exactly the tables of a state are audited, and every write to them is recorded right."""
        self.check_catalog(state)
        for table, shape in state.audited.items():
            self.check_capture(table, shape)

    def check_catalog(self, state: State) -> None:
        user = self.session.info.user
        functions = [
            {"name": f["name"], "owner": f["owner"], "definer": f["definer"], "acl": f["acl"]}
            for f in self.catalog()["functions"]
        ]
        assert functions == [
            {
                "name": capture_function(table),
                "owner": user,
                "definer": True,
                "acl": [f"{user}=X/{user}"],
            }
            for table in sorted(state.audited)
        ]
        assert all(each["config"] == CONFIG for each in self.catalog()["functions"])
        triggers = [
            (each["table"], each["name"], each["function"], each["enabled"])
            for each in self.catalog()["triggers"]
        ]
        assert triggers == [
            (table, f"!trigger_audit_{operation}", capture_function(table), "O")
            for table in sorted(state.audited)
            for operation in ("delete", "insert", "truncate", "update")
        ]

    def check_capture(self, table: str, shape: Captured) -> None:
        """Insert, update and delete a row of random values: three whole events tell of it."""
        with self.session.transaction():
            # Foreign keys are checked in the end, when the row is gone.
            old, key = self.insert(table)
            new = self.update(table, old, key)
            self.sql(f'DELETE FROM "{table}" WHERE {key_condition(key)}', *(new[k] for k in key))
        update = self.event(
            "UPDATE", table, object_id(old, key), **shape.images_of_update(old, new)
        )
        is_update_seen = any(old[name] != new[name] for name in shape.names)
        assert self.new_events() == [
            self.event("INSERT", table, object_id(old, key), new=shape.image(old)),
            *([update] if is_update_seen else []),
            self.event("DELETE", table, object_id(new, key), old=shape.image(new)),
        ]

    def insert(self, table: str) -> tuple[dict[str, Any], list[str]]:
        columns = self.sql(COLUMNS, f'"{table}"')
        names = ", ".join(f'"{column["name"]}"' for column in columns)
        values = [self.value(column["type"]) for column in columns]
        marks = ", ".join(["%s"] * len(values))
        (row,) = self.sql(
            f'INSERT INTO "{table}" ({names}) OVERRIDING SYSTEM VALUE VALUES ({marks})'
            f' RETURNING to_jsonb("{table}") AS row',
            *values,
        )
        return row["row"], [column["name"] for column in columns if column["is_key"]]

    def update(self, table: str, row: dict[str, Any], key: list[str]) -> dict[str, Any]:
        columns = self.sql(COLUMNS, f'"{table}"')
        columns = [each for each in columns if not each["is_key"]] or columns
        changes = ", ".join(f'"{column["name"]}" = %s' for column in columns)
        (row,) = self.sql(
            f'UPDATE "{table}" SET {changes} WHERE {key_condition(key)}'
            f' RETURNING to_jsonb("{table}") AS row',
            *(self.value(column["type"]) for column in columns),
            *(row[name] for name in key),
        )
        return row["row"]

    def value(self, type_name: str) -> Any:
        """A value of a type that was not there before, as far as the type allows."""
        number = next(self.values)
        values = {
            "integer": number,
            "bigint": number,
            "smallint": number,
            "boolean": number % 2 == 0,
            "numeric": number / 4,
            "double precision": number / 4,
            "jsonb": json.dumps({"number": number}),
            "date": f"2026-01-{number % 28 + 1:02}",
            "uuid": f"00000000-0000-0000-0000-{number:012}",
        }
        return values.get(type_name, f"Value {number}")


def key_condition(key: list[str]) -> str:
    return " AND ".join(f'"{name}" = %s' for name in key)


def object_id(row: dict[str, Any], key: list[str]) -> str:
    return str(row[key[0]]) if len(key) == 1 else json.dumps([row[name] for name in key])


def captured(each: str | tuple[str, ...] | Captured) -> Captured:
    return each if isinstance(each, Captured) else Captured(each)


def database(dsn: str) -> dict[str, Any]:
    """A database as Django's settings describe it."""
    parameters = psycopg.conninfo.conninfo_to_dict(dsn)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parameters["dbname"],
        "USER": parameters.get("user", ""),
        "PASSWORD": parameters.get("password", ""),
        "HOST": parameters.get("host", ""),
        "PORT": parameters.get("port", ""),
        "OPTIONS": {"options": parameters["options"]} if "options" in parameters else {},
    }


def create_database(server: dict[str, Any], name: str) -> str:
    """Make an empty database; return how to reach it."""
    with psycopg.connect(make_conninfo(**{**server, "dbname": "postgres"}), autocommit=True) as s:
        s.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    return make_conninfo(**{**server, "dbname": name})


def drop_database(server: dict[str, Any], name: str) -> None:
    with psycopg.connect(make_conninfo(**{**server, "dbname": "postgres"}), autocommit=True) as s:
        s.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


FUNCTIONS = r"""
SELECT
    proname AS name,
    pg_get_userbyid(proowner) AS owner,
    prosecdef AS definer,
    proconfig AS config,
    proacl::text[] AS acl,
    prosrc AS source,
    obj_description(oid, 'pg_proc') AS comment
FROM pg_proc
WHERE proname LIKE 'trigger\_audit\_capture\_%%' AND prorettype = 'trigger'::regtype
    AND pronamespace = %s::regnamespace
ORDER BY proname COLLATE "C"
"""
TRIGGERS = r"""
SELECT
    relname AS table,
    tgname AS name,
    proname AS function,
    tgenabled::text AS enabled,
    pg_get_triggerdef(pg_trigger.oid) AS definition
FROM pg_trigger
JOIN pg_class ON pg_class.oid = tgrelid
JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgname LIKE '%%trigger\_audit%%' AND relname NOT LIKE 'trigger\_audit\_event%%'
    AND relnamespace = %s::regnamespace
ORDER BY relname COLLATE "C", tgname COLLATE "C"
"""
COLUMNS = """
SELECT
    attname AS name,
    format_type(atttypid, NULL) AS type,
    attnum = ANY (coalesce(indkey, '')::smallint[]) AS is_key
FROM pg_attribute
LEFT JOIN pg_index ON indrelid = attrelid AND indisprimary
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""
