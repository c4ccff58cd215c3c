"""Audited tables, made and altered by hand as migrations do it."""

from django.apps.registry import Apps
from django.db import models
from psycopg.rows import tuple_row

from tests.sql.audit_table import SCHEMA, rows, value
from trigger_audit import Audit, installation
from trigger_audit.sql import capture_function, quote_identifier, quote_table, split_function
from trigger_audit.triggers import compile_audit


class Raw(models.Field):
    """A column of any type of PostgreSQL."""

    def __init__(self, column_type, **kwargs):
        super().__init__(**kwargs)
        self.column_type = column_type

    def db_type(self, connection):
        return self.column_type


class Audited:
    """A table, of types by column, whose rows are recorded."""

    def __init__(
        self, connection, columns, *, key=("id",), name="book", after="", is_there=False, **audit
    ):
        self.connection = connection
        self.columns = dict(columns)
        self.key = key
        self.name = name
        self.audit = audit
        self.is_partitioned = after.startswith("PARTITION BY")
        definitions = [f"{quote_identifier(each)} {kind}" for each, kind in columns.items()]
        if key:
            definitions.append(f"PRIMARY KEY ({', '.join(map(quote_identifier, key))})")
        if not is_there:
            self.execute(f"CREATE TABLE {self.quoted} ({', '.join(definitions)}) {after}")
        self.install()

    @property
    def quoted(self):
        return quote_table(self.name)

    def execute(self, statement, *parameters):
        self.connection.execute(statement, parameters or None)

    def model(self):
        fields = {
            f"f{number}": Raw(
                kind.partition(" GENERATED")[0],
                db_column=name,
                primary_key=self.key == (name,),
            )
            for number, (name, kind) in enumerate(self.columns.items())
        }
        if len(self.key) > 1:
            names = [f"f{list(self.columns).index(name)}" for name in self.key]
            fields["pk"] = models.CompositePrimaryKey(*names)
        meta = type("Meta", (), {"app_label": "sql", "apps": Apps(), "db_table": self.name})
        attributes = {"__module__": __name__, "Meta": meta, **fields}
        return type("Book", (models.Model,), attributes)

    def install(self):
        """Have what is declared now be recorded from now on."""
        model = self.model()
        names = {field.column: field.name for field in model._meta.local_concrete_fields}
        audit = {
            option: [names[name] for name in value] if isinstance(value, list) else value
            for option, value in self.audit.items()
        }
        compiled = compile_audit(model, Audit(**audit))
        text = installation.bind(
            compiled.sql, self.name, SCHEMA, SCHEMA, partitioned=self.is_partitioned
        )
        function, triggers = split_function(text)
        self.execute(function)
        if not self.is_installed():
            self.execute(triggers)

    def is_installed(self):
        query = "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE '!%%'"
        return value(self.connection, query, self.quoted) > 0

    # Alterations.

    def rename(self, new_name):
        self.execute(f"ALTER TABLE {self.quoted} RENAME TO {quote_identifier(new_name)}")
        old_name, self.name = self.name, new_name
        query = "SELECT trigger_audit_rename_table(%s, %s, %s)"
        self.execute(query, self.quoted, old_name, capture_function(new_name))

    def rename_column(self, old, new):
        names = f"{quote_identifier(old)} TO {quote_identifier(new)}"
        self.execute(f"ALTER TABLE {self.quoted} RENAME COLUMN {names}")
        self.execute("SELECT trigger_audit_rename_column(%s, %s, %s)", self.quoted, old, new)
        self.columns = {new if each == old else each: kind for each, kind in self.columns.items()}
        self.key = tuple(new if each == old else each for each in self.key)

    def add_column(self, name, kind):
        self.execute(f"ALTER TABLE {self.quoted} ADD COLUMN {quote_identifier(name)} {kind}")
        self.columns[name] = kind.partition(" DEFAULT")[0]
        self.install()

    def drop_column(self, name):
        del self.columns[name]
        self.install()
        self.execute(f"ALTER TABLE {self.quoted} DROP COLUMN {quote_identifier(name)}")

    def retype(self, name, kind, using):
        self.execute(
            f"ALTER TABLE {self.quoted} ALTER COLUMN {quote_identifier(name)}"
            f" TYPE {kind} USING {using}"
        )
        self.columns[name] = kind
        self.install()

    # Reading.

    def moment(self):
        query = (
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00')"
        )
        return value(self.connection, query)

    def copy(self):
        """The rows as they are, as PostgreSQL prints each."""
        return sorted(row for (row,) in self._rows(f"SELECT t::text FROM {self.quoted} AS t"))

    def as_of(self, moment, key=None):
        query = f"""
            SELECT t::text FROM trigger_audit_as_of(NULL::{self.quoted}, %s, %s) AS t
        """
        return sorted(row for (row,) in self._rows(query, moment, key))

    def _rows(self, query, *parameters):
        cursor = self.connection.cursor(row_factory=tuple_row)
        return cursor.execute(query, parameters or None).fetchall()

    def events(self):
        return rows(self.connection, "SELECT * FROM trigger_audit_event ORDER BY id")
