"""Makes a plan of wishes: reads and locks the rows, drafts their changes, looks for conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db import connections

from trigger_audit import declaration, introspection
from trigger_audit.models import AuditEvent
from trigger_audit.names import Model, Name, Renames, models_by_table
from trigger_audit.plan import Change, Conflict, Plan
from trigger_audit.revert import later, order, tables
from trigger_audit.revert.constraints import Constraints
from trigger_audit.revert.history import History
from trigger_audit.revert.images import Image, known, same
from trigger_audit.revert.lineage import Lineage, lineages, object_id_of, reversed_steps
from trigger_audit.revert.rows import Rows
from trigger_audit.revert.search import Search
from trigger_audit.revert.tables import Reference, Table
from trigger_audit.revert.wishes import FORCE, Draft, Wish, draft, key_text
from trigger_audit.sql import bare_name


class Planner:
    """What it takes to take rows of one database back.

    :param using: the alias of the database.
    :param lock: whether the rows are locked before they are compared.
    """

    def __init__(self, using: str, *, lock: bool) -> None:
        self.using = using
        self.lock = lock
        self.connection = connections[using]
        self.rows = Rows(self.connection)
        self.models = models_by_table(self.connection)
        self.written: set[Name] = set()
        self.tables: dict[Name, Table] = {}
        self.references: list[Reference] = []
        self.conflicts: list[Conflict] = []
        self.lineages: list[tuple[Table, Lineage]] = []
        self.drafts: list[Draft] = []
        self.renames = Renames(())

    def load(self, names: Iterable[Name]) -> None:
        """Read what the catalog says of tables and of those that they refer to or are referred."""
        self.written |= set(names)
        self.references = tables.references(self.connection, self.written, self.models)
        wanted = set(self.written)
        for reference in self.references:
            wanted |= {reference.source, reference.target}
        missing = sorted(wanted - self.tables.keys())
        self.tables.update(tables.load(self.connection, missing, self.models))

    def take_back(self, events: Sequence[AuditEvent], *, is_checked: bool = True) -> list[Wish]:
        """The wishes that take events back, oldest first.

        :param is_checked: whether it is a conflict if a row is not as its events left it.
        """
        renames = self.renames = Renames.read(self.using, events[0].id)
        by_table: dict[Name, list[AuditEvent]] = {}
        for event in events:
            by_table.setdefault(renames.table(event), []).append(event)
        written = [name for name, found in by_table.items() if self._is_writable(name, found)]
        self.load(written)
        wishes = []
        for name in written:
            history = History(self.rows, renames, self.tables[name])
            found = lineages(history.steps(by_table[name]))
            self.lineages += [(history.table, lineage) for lineage in found]
            wishes += [wish_of(history, lineage, is_checked) for lineage in found]
        # What came and went, or changed and changed back, is left alone.
        return [wish for wish in wishes if wish.goal or wish.expected]

    def _is_writable(self, name: Name, events: Sequence[AuditEvent]) -> bool:
        """Whether rows of a table can be taken back, with a record of it."""
        model = self.models.get(name)
        detail = (
            "no model has this table."
            if model is None
            else None
            if is_audited(model)
            else "the model is not audited any more: nothing would record the revert."
        )
        if detail is not None:
            label = name[1] if model is None else model._meta.label
            remedy = "Write the rows by hand, from the events' images."
            object_id = events[0].object_id
            self.conflicts.append(Conflict("model gone", label, object_id, detail, remedy))
        return detail is None

    def make(self, wishes: Sequence[Wish]) -> Plan:
        """The plan for wishes, newest first."""
        for table in sorted({wish.table for wish in wishes}, key=lambda table: table.qualified):
            self._draft(table, [wish for wish in wishes if wish.table is table])
        self.drafts.sort(key=lambda each: each.wish.events, reverse=True)
        constraints = Constraints(self.rows, self.tables, self.references, self.drafts)
        self.conflicts += constraints.conflicts()
        groups = order.in_order(self.drafts, self.references)
        ordered = self.drafts if groups is None else [each for group in groups for each in group]
        changes = tuple(change_of(each) for each in ordered)
        return Plan(self.using, changes, tuple(self.conflicts))

    def _draft(self, table: Table, wishes: Sequence[Wish]) -> None:
        live = dict(self._live(table, [wish.key for wish in wishes]))
        checked = [wish for wish in wishes if wish.is_checked]
        search = Search(self.using, self.renames, table, {})
        self.conflicts += later.hidden_changes(search, checked)
        live.update(self._moved(search, [wish for wish in checked if is_missing(wish, live)]))
        kept = {key_text(table, wish.key) for wish in wishes if wish.expected is not None}
        for wish in wishes:
            key = key_text(table, wish.key)
            # A row that got the key of one that went before is another's.
            row = None if wish.expected is None and key in kept else live.get(key)
            made = draft(wish, row, self.conflicts)
            if made is not None:
                self.drafts.append(made)

    def _moved(self, search: Search, wishes: Sequence[Wish]) -> Mapping[str, Image]:
        """The rows that have other keys now than their events left them with."""
        found = list(later.moved(search, wishes))
        rows = self._live(search.table, [key for _, key in found])
        names = search.table.key
        keys = [{name: row[name] for name in names} for row in rows.values()]
        by_id = {object_id_of(key): key for key in keys}
        for wish, key in found:
            if now := by_id.get(object_id_of(key)):
                self.conflicts.append(moved_since(wish, now))
                wish.key = now
        return rows

    def _live(self, table: Table, keys: Sequence[Image]) -> Mapping[str, Image]:
        found = self.rows.present(table, keys, lock=self.lock)
        return {key_text(table, image): image for image in found}

    def groups(self) -> Iterable[Sequence[Draft]]:
        """The drafts as they can be written."""
        return order.in_order(self.drafts, self.references) or self._one_by_one()

    def _one_by_one(self) -> Iterable[Sequence[Draft]]:
        """Each event by itself, newest first: the way back is as passable as the way there was."""
        steps = [
            (table, step) for table, lineage in self.lineages for step in reversed_steps([lineage])
        ]
        steps.sort(key=lambda pair: pair[1].events, reverse=True)
        for table, lineage in steps:
            wish = Wish(
                table,
                lineage.last_key,
                lineage.before if lineage.existed else None,
                None,
                is_checked=False,
            )
            live = {**lineage.last_key, **lineage.after} if lineage.exists else None
            made = draft(wish, live, [])
            if made is not None:
                yield [made]


def wish_of(history: History, lineage: Lineage, is_checked: bool) -> Wish:
    """What takes a row back to where it was before its events."""
    goal = lineage.before if lineage.existed else None
    expected = lineage.after if lineage.exists else None
    if goal and not is_checked:
        goal = {**known(lineage.steps[0].old), **goal}
    elif goal is not None and expected is not None:
        names = [name for name in {**goal, **expected} if not same(goal, expected, name)]
        goal, expected = ({name: side.get(name) for name in names} for side in (goal, expected))
    lost: Image = {}
    for event in lineage.events:
        lost.update(history.lost.get(event, {}))
    table = history.table
    return Wish(
        table,
        lineage.last_key,
        goal,
        expected,
        events=lineage.events,
        is_checked=is_checked,
        excluded=not_audited(table),
        lost=lost,
    )


def is_missing(wish: Wish, live: Mapping[str, Image]) -> bool:
    """Whether a row should be there and is not."""
    return wish.expected is not None and key_text(wish.table, wish.key) not in live


def moved_since(wish: Wish, key: Image) -> Conflict:
    """A row whose key changed since."""
    return wish.conflict(
        "moved",
        f"the row's key is {object_id_of(key)} now.",
        FORCE.format("take it back there"),
        is_forcible=True,
    )


def change_of(made: Draft) -> Change:
    """A draft as the event that it will leave."""
    wish, table = made.wish, made.table
    old: Image | None = dict(made.live)
    if made.op == "UPDATE":
        old = {name: made.live[name] for name in made.values}
    return Change(
        made.op,
        table.label,
        *table.qualified,
        object_id_of(wish.key),
        None if made.op == "INSERT" else old,
        None if made.op == "DELETE" else dict(made.values),
        wish.events,
        wish.lost,
    )


def is_audited(model: Model) -> bool:
    """Whether events are written of a model's table."""
    owner: Any = model._meta.auto_created or model
    audited: Iterable[introspection.Audited] = introspection.audited_tables(owner)
    return any(each.db_table == model._meta.db_table for each in audited)


def not_audited(table: Table) -> frozenset[str]:
    """The columns of a table that no event holds."""
    model = table.model
    declared = declaration.audited(apps).get(model) if model else None
    if model is None or declared is None:
        # The links that Django makes are audited whole.
        return frozenset()
    fields: Iterable[Any] = declaration.audited_fields(model, declared.audit)
    return frozenset(table.columns) - {bare_name(field.column) for field in fields}
