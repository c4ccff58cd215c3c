"""Whether changes, taken together, leave foreign keys and unique values right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from trigger_audit.fields import encode_exactly
from trigger_audit.names import Name
from trigger_audit.plan import Conflict
from trigger_audit.revert.images import Image, Unknown
from trigger_audit.revert.rows import Rows
from trigger_audit.revert.tables import Reference, Table, Unique
from trigger_audit.revert.wishes import FORCE, Draft

Values = str
"""The values of some columns, as text that compares."""


def values_of(image: Image | None, columns: Sequence[str]) -> Values | None:
    """The values; None where there is no row, where one is null, or not known."""
    found = [(image or {}).get(name) for name in columns]
    if any(value is None or isinstance(value, Unknown) for value in found):
        return None
    return encode_exactly(found)


class Constraints:
    """The foreign keys and unique values of tables that drafts are about."""

    def __init__(
        self,
        rows: Rows,
        tables: Mapping[Name, Table],
        references: Sequence[Reference],
        drafts: Sequence[Draft],
    ) -> None:
        self.rows = rows
        self.tables = tables
        self.references = references
        self.drafts = drafts

    def conflicts(self) -> Iterator[Conflict]:
        """What would be violated, as far as can be told beforehand."""
        for reference in self.references:
            yield from self._targets_gone(reference)
            yield from self._still_referred_to(reference)
        for table in {draft.table for draft in self.drafts}:
            for unique in table.uniques:
                yield from self._taken(table, unique)

    def _of(self, name: Name) -> list[Draft]:
        return [draft for draft in self.drafts if draft.table.qualified == name]

    def _targets_gone(self, reference: Reference) -> Iterator[Conflict]:
        wanted = _new_values(self._of(reference.source), reference.columns)
        if not wanted:
            return
        targets = self._of(reference.target)
        provided = {values_of(each.after, reference.target_columns) for each in targets}
        gone = {each: given for each, given in wanted.items() if each not in provided}
        found = self._found(self.tables[reference.target], reference.target_columns, gone, targets)
        for place, (draft, values) in enumerate(gone.values()):
            if place not in found:
                yield _target_gone(draft, reference, self.tables[reference.target], values)

    def _still_referred_to(self, reference: Reference) -> Iterator[Conflict]:
        removed = _old_values(self._of(reference.target), reference.target_columns)
        followed = {
            values: given
            for values, given in removed.items()
            # The database has its way with rows that refer to a key that changes.
            if not (given[0].op == "UPDATE" and reference.follows_update)
        }
        sources = self._of(reference.source)
        staying = [draft for draft in sources if draft.op == "UPDATE"]
        kept = {values_of(each.after, reference.columns) for each in staying}
        found = self._found(self.tables[reference.source], reference.columns, followed, sources)
        for place, (values, (draft, _)) in enumerate(followed.items()):
            if place in found or values in kept:
                yield _referred_to(draft, reference, self.tables[reference.source])

    def _taken(self, table: Table, unique: Unique) -> Iterator[Conflict]:
        drafts = self._of(table.qualified)
        wanted = _new_values(drafts, unique.columns)
        found = self._found(table, unique.columns, wanted, drafts)
        held = {
            values
            for draft in drafts
            if (values := values_of(draft.before, unique.columns)) is not None
            and values == values_of(draft.after, unique.columns)
        }
        for place, (values, (draft, _)) in enumerate(wanted.items()):
            if place in found or values in held:
                yield _taken(draft, table, unique)

    def _found(
        self,
        table: Table,
        columns: Sequence[str],
        wanted: Mapping[Values, tuple[Draft, list[object]]],
        drafts: Iterable[Draft],
    ) -> set[int]:
        """The places of values that rows have which the drafts leave alone."""
        if not wanted:
            return set()
        values = [dict(zip(columns, given, strict=True)) for _, given in wanted.values()]
        keys = [draft.wish.key for draft in drafts if draft.op != "INSERT"]
        return self.rows.found(table, columns, values, keys)


Wanted = dict[Values, tuple[Draft, list[object]]]


def _new_values(drafts: Iterable[Draft], columns: Sequence[str]) -> Wanted:
    """The values that rows get, each with one of the drafts."""
    return {
        values: (draft, [(draft.after or {})[name] for name in columns])
        for draft in drafts
        if (values := values_of(draft.after, columns)) is not None
        and values != values_of(draft.before, columns)
    }


def _old_values(drafts: Iterable[Draft], columns: Sequence[str]) -> Wanted:
    """The values that rows lose and no other gets, each with its draft."""
    every = list(drafts)
    kept = {values_of(draft.after, columns) for draft in every}
    return {
        values: (draft, [draft.live[name] for name in columns])
        for draft in every
        if (values := values_of(draft.before, columns)) is not None and values not in kept
    }


def _target_gone(
    draft: Draft, reference: Reference, target: Table, values: Sequence[object]
) -> Conflict:
    told = ", ".join(encode_exactly(value) for value in values)
    return draft.wish.conflict(
        "target gone",
        f"there is no {target.label} {told} any more.",
        FORCE.format("refer to nothing")
        if reference.name is None
        else f"Restore the {target.label} first.",
        column=reference.columns[0],
        is_forcible=reference.name is None,
    )


def _referred_to(draft: Draft, reference: Reference, source: Table) -> Conflict:
    field = source.field_name(reference.columns[0])
    follows = reference.follows_delete if draft.op == "DELETE" else False
    is_forcible = reference.name is None or follows
    remedy = f"Delete or change those of {source.label} first."
    forced = "have the database see to those" if follows else "leave those referring to nothing"
    return draft.wish.conflict(
        "referred to",
        f"rows of {source.label} refer to it by {field}.",
        f"{remedy} {FORCE.format(forced)}" if is_forcible else remedy,
        is_forcible=is_forcible,
    )


def _taken(draft: Draft, table: Table, unique: Unique) -> Conflict:
    fields = " and ".join(map(table.field_name, unique.columns))
    told = ", ".join(encode_exactly((draft.after or {})[name]) for name in unique.columns)
    return draft.wish.conflict(
        "taken",
        f"another row has {told} as its {fields} ({unique.name}).",
        "Change that row first.",
        column=unique.columns[0],
    )
