"""Writes drafts, many rows in a statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db import DatabaseError, DataError, IntegrityError, InternalError

from trigger_audit.exceptions import RevertRefused
from trigger_audit.plan import Conflict
from trigger_audit.revert.images import Image
from trigger_audit.revert.rows import Rows
from trigger_audit.revert.tables import Reference, Table, quote_qualified
from trigger_audit.revert.wishes import Draft

REFUSALS = (DataError, IntegrityError, InternalError)
"""What constraints and triggers raise; not what a lost connection or a deadlock does."""

RAISE_EXCEPTION = "P0001"
"""What plpgsql raises, which the drivers take for different kinds of errors."""


def write(rows: Rows, groups: Iterable[Sequence[Draft]], references: Sequence[Reference]) -> None:
    """Write the drafts, and have all constraints checked that may be.

    :raises RevertRefused: if a constraint or a trigger of the database refuses.
    """
    every = [list(group) for group in groups]
    tables = {draft.table for group in every for draft in group}
    deferrable = sorted(set(_deferrable(tables, references)))
    try:
        rows.set_constraints((name for name, _ in deferrable), "DEFERRED")
        for group in every:
            for alike in _alike(group):
                _write(rows, alike)
        rows.set_constraints((name for name, _ in deferrable), "IMMEDIATE")
        rows.set_constraints((name for name, deferred in deferrable if deferred), "DEFERRED")
    except DatabaseError as error:
        if not is_refusal(error):
            raise
        raise RevertRefused([refusal(error)]) from error


def is_refusal(error: DatabaseError) -> bool:
    """Whether a constraint or a trigger of the database refused a row."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return isinstance(error, REFUSALS) or state == RAISE_EXCEPTION


def refusal(error: DatabaseError) -> Conflict:
    """What the database said, as a conflict."""
    diagnostics = getattr(error.__cause__, "diag", None)
    table = getattr(diagnostics, "table_name", None) or "the database"
    said = getattr(diagnostics, "message_primary", None) or str(error)
    detail = getattr(diagnostics, "message_detail", None)
    text = f"{said}: {detail}" if detail else f"{said}."
    column = getattr(diagnostics, "column_name", None)
    return Conflict("refused", table, None, text, "Nothing was written.", field=column)


def _deferrable(
    tables: Iterable[Table], references: Iterable[Reference]
) -> Iterator[tuple[str, bool]]:
    """The constraints that may wait, and whether they do so by themselves."""
    for reference in references:
        if reference.name and reference.is_deferrable:
            yield quote_qualified((reference.source[0], reference.name)), reference.is_deferred
    for table in tables:
        for unique in table.uniques:
            if unique.is_deferrable:
                yield quote_qualified((unique.schema, unique.name)), unique.is_deferred


def _alike(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    """The drafts by what one statement can write."""
    groups: dict[tuple[Table, str, tuple[str, ...]], list[Draft]] = {}
    for draft in drafts:
        shape = draft.table, draft.op, tuple(draft.values)
        groups.setdefault(shape, []).append(draft)
    yield from groups.values()


def _write(rows: Rows, drafts: Sequence[Draft]) -> None:
    table, op, columns = drafts[0].table, drafts[0].op, list(drafts[0].values)
    keys = [draft.wish.key for draft in drafts]
    images = [draft.values for draft in drafts]
    if op == "DELETE":
        written = rows.delete(table, keys)
    elif op == "INSERT":
        written = rows.insert(table, columns, images)
    else:
        written = rows.update(table, columns, list(zip(keys, images, strict=True)))
    if written != len(drafts):
        _check(rows, table, drafts)


def _check(rows: Rows, table: Table, drafts: Sequence[Draft]) -> None:
    """A cascade of the database may have written a row before; a trigger may have kept it."""
    for draft in drafts:
        key: Image = {name: draft.values.get(name, draft.wish.key[name]) for name in table.key}
        is_there = bool(rows.present(table, [key], lock=False))
        if is_there is (draft.op == "DELETE"):
            detail = f"a trigger of the database kept the {draft.op} from being done."
            raise RevertRefused([draft.wish.conflict("refused", detail, "Nothing was written.")])
