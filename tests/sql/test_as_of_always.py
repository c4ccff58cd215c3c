"""Whatever happens to tables, each of them is found again as it was at each moment."""

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from tests.sql.audited import Audited
from trigger_audit.sql import quote_identifier

TEXTS = ["5", "x", "", None]
SPARE = ["a", "b", 'C "d"']
KEYS = {"book": ("id",), "copy": ("shelf", "no")}


@dataclass
class Column:
    """A column for as long as it is there, whatever it is called; its types, in order."""

    name: str
    types: list[str]
    number: int = field(default_factory=itertools.count().__next__)


@dataclass
class Table:
    """What is expected of an audited table."""

    audited: Audited
    columns: list[Column]
    taken: list = field(default_factory=list)
    is_dropped: set = field(default_factory=set)

    @property
    def others(self):
        return [column for column in self.columns if column.name not in self.audited.key]

    def rows(self):
        """The rows now, by the numbers of their columns."""
        cursor = self.audited.connection.cursor(row_factory=dict_row)
        found = cursor.execute(f"SELECT * FROM {self.audited.quoted}").fetchall()
        return [{column.number: row[column.name] for column in self.columns} for row in found]

    def take(self):
        types = {column.number: column.types[-1] for column in self.columns}
        self.taken.append((self.audited.moment(), types, self.rows()))

    def expected(self, types, rows):
        """Rows of then in the columns of now."""
        return [
            {
                column.name: converted(row[column.number], types[column.number], column.types)
                if column.number in row
                else None
                for column in self.columns
            }
            for row in rows
        ]


def converted(value, then, types):
    """A value of a column that had another type then, through all it had since."""
    for kind in types[types.index(then) :] if value is not None else ():
        if kind == "text":
            value = str(value)
        elif not str(value).isdigit():
            return None
        else:
            value = int(value)
    return value


number = st.integers(1, 4)
operations = st.one_of(
    st.tuples(st.just("insert"), number, number, st.sampled_from(TEXTS)),
    st.tuples(st.just("insert"), number, number, st.sampled_from(TEXTS)),
    st.tuples(st.just("update"), number, number, st.sampled_from(TEXTS)),
    st.tuples(st.just("update"), number, number, st.sampled_from(TEXTS)),
    st.tuples(st.just("update_all"), number, number, st.sampled_from(TEXTS)),
    st.tuples(st.just("delete"), number, number, st.none()),
    st.tuples(st.just("move"), number, number, st.none()),
    st.tuples(st.just("move"), number, number, st.none()),
    st.tuples(st.just("shift"), number, number, st.none()),
    st.tuples(st.just("truncate"), number, number, st.none()),
    st.tuples(st.just("rename_table"), number, number, st.none()),
    st.tuples(st.just("rename_column"), number, number, st.sampled_from(SPARE)),
    st.tuples(st.just("add_column"), number, number, st.sampled_from(SPARE)),
    st.tuples(st.just("drop_column"), number, number, st.none()),
    st.tuples(st.just("retype"), number, number, st.none()),
)
steps = st.lists(
    st.tuples(st.sampled_from(sorted(KEYS)), operations, st.booleans(), st.booleans()), max_size=14
)


class Writer:
    """Does to a table what a step says."""

    def __init__(self, table):
        self.table = table
        self.audited = table.audited

    def execute(self, statement, *parameters):
        self.audited.execute(statement, *parameters)

    def where(self, key):
        """The row whose last key column is ``key``."""
        return f"{quote_identifier(self.audited.key[-1])} = {key}"

    def column(self, number):
        return self.table.others[number % len(self.table.others)] if self.table.others else None

    def is_free(self, name):
        names = {column.name for column in self.table.columns}
        return name not in names | self.table.is_dropped

    def assignment(self, number, text):
        column = self.column(number)
        if column is None:
            name = quote_identifier(self.audited.key[-1])
            return f"{name} = {name}"
        is_text = column.types[-1] == "text"
        value = "NULL" if text is None else f"'{text}'" if is_text else str(number)
        return f"{quote_identifier(column.name)} = {value}"

    def insert(self, key, number, text):
        keys = [quote_identifier(name) for name in self.audited.key]
        values = ", ".join([str(key)] * len(keys))
        self.execute(
            f"INSERT INTO {self.audited.quoted} ({', '.join(keys)}) VALUES ({values})"
            " ON CONFLICT DO NOTHING"
        )
        self.update(key, number, text)

    def update(self, key, number, text):
        assignment = self.assignment(number, text)
        self.execute(f"UPDATE {self.audited.quoted} SET {assignment} WHERE {self.where(key)}")

    def update_all(self, key, number, text):
        self.execute(f"UPDATE {self.audited.quoted} SET {self.assignment(number, text)}")

    def delete(self, key, number, text):
        self.execute(f"DELETE FROM {self.audited.quoted} WHERE {self.where(key)}")

    def move(self, key, number, text):
        name = quote_identifier(self.audited.key[-1])
        self.execute(
            f"UPDATE {self.audited.quoted} SET {name} = {number} WHERE {name} = {key} AND NOT"
            f" EXISTS (SELECT FROM {self.audited.quoted} WHERE {name} = {number})"
        )

    def shift(self, key, number, text):
        name = quote_identifier(self.audited.key[-1])
        for distance in (10, number - 10):
            self.execute(f"UPDATE {self.audited.quoted} SET {name} = {name} + {distance}")

    def truncate(self, key, number, text):
        self.execute(f"TRUNCATE {self.audited.quoted}")

    def rename_table(self, key, number, text):
        names = {"book": "livre", "livre": "book", "copy": "exemplaire", "exemplaire": "copy"}
        self.audited.rename(names[self.audited.name])

    def rename_column(self, key, number, name):
        column = (self.table.columns * 4)[number]
        if self.is_free(name):
            self.audited.rename_column(column.name, name)
            column.name = name

    def add_column(self, key, number, name):
        if self.is_free(name):
            kind = ["text", "integer"][number % 2]
            self.audited.add_column(name, kind)
            self.table.columns.append(Column(name, [kind]))

    def drop_column(self, key, number, text):
        column = self.column(number)
        if column is not None:
            self.audited.drop_column(column.name)
            self.table.columns.remove(column)
            self.table.is_dropped.add(column.name)

    def retype(self, key, number, text):
        column = self.column(number)
        if column is not None and column.types == ["text"]:
            name = quote_identifier(column.name)
            using = f"CASE WHEN {name} ~ '^\\d+$' THEN {name}::integer END"
            self.audited.retype(column.name, "integer", using)
            column.types.append("integer")
        elif column is not None and column.types == ["integer"]:
            self.audited.retype(column.name, "text", f"{quote_identifier(column.name)}::text")
            column.types.append("text")


def make(connection, name, images):
    types = {**dict.fromkeys(KEYS[name], "integer"), "title": "text", "count": "integer"}
    audited = Audited(connection, types, key=KEYS[name], name=name, images=images)
    columns = [Column(column, [kind]) for column, kind in types.items()]
    return Table(audited, columns)


def as_of(table, moment, key=None):
    cursor = table.audited.connection.cursor(row_factory=dict_row)
    query = f"SELECT * FROM trigger_audit_as_of(NULL::{table.audited.quoted}, %s, %s)"
    return cursor.execute(query, [moment, key]).fetchall()


def ordered(rows):
    return sorted(rows, key=repr)


def check(table, number):
    key_numbers = {each.name: each.number for each in table.columns}
    for moment, types, rows in table.taken:
        expected = ordered(table.expected(types, rows))
        assert ordered(as_of(table, moment)) == expected
        key = [number] * len(table.audited.key)
        text = str(number) if len(key) == 1 else str(key)
        keys = [key_numbers[name] for name in table.audited.key]
        wanted = [row for row in rows if [row[each] for each in keys] == key]
        assert as_of(table, moment, text) == table.expected(types, wanted)


@pytest.mark.parametrize("images", ["full", "changes"])
@given(steps=steps, key=number)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_each_moment_is_found_again(audit, images, steps, key):
    with audit.transaction(force_rollback=True):
        tables = {name: make(audit, name, images) for name in KEYS}
        for name, (operation, *arguments), is_rolled_back, is_taken in steps:
            table = tables[name]
            schema_is_kept = operation in {"insert", "update", "delete", "move", "truncate"}
            with audit.transaction(force_rollback=is_rolled_back and schema_is_kept):
                getattr(Writer(table), operation)(*arguments)
            if is_taken:
                table.take()
        for table in tables.values():
            table.take()
            check(table, key)
