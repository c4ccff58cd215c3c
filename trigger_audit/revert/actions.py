"""Takes back events and transactions, in one atomic step that is recorded like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import router, transaction

from trigger_audit.context import context
from trigger_audit.exceptions import NothingRecorded, RevertRefused
from trigger_audit.models import AuditEvent
from trigger_audit.plan import Conflict, Plan
from trigger_audit.revert import writing
from trigger_audit.revert.planner import Planner
from trigger_audit.revert.wishes import FORCE, Wish

NOT_OF_ROWS = {
    "TRUNCATE": (
        "a TRUNCATE leaves no images of the rows that went.",
        "Insert them from trigger_audit_as_of(), or use trigger_audit.restore() for each.",
    ),
    "SNAPSHOT": ("a SNAPSHOT changed nothing.", "Use trigger_audit.restore()."),
    "RENAME": ("a migration renamed this.", "Reverse the migration."),
}
"""Operations that cannot be taken back row by row: why, and what to do."""


def revert(event: AuditEvent, *, force: bool = False, dry_run: bool = False) -> Plan:
    """Take one event back; see :meth:`AuditEvent.revert`."""
    return revert_events([event], {"reverts": [event.id]}, force=force, dry_run=dry_run)


def revert_transaction(
    txid: int | str, *, using: str | None = None, force: bool = False, dry_run: bool = False
) -> Plan:
    """Take back all that a transaction did, so that each row is as it was before.

    :param txid: the ``txid`` of its events.
    :param using: the alias of the database where the events are.
    :param force: go on in spite of conflicts, where that has a meaning.
    :param dry_run: return the plan, conflicts included, and write nothing.
    :raises NothingRecorded: if there is no event of the transaction.
    :raises RevertRefused: if there are conflicts.
    """
    alias = using or router.db_for_read(AuditEvent)
    events = list(AuditEvent.objects.using(alias).filter(txid=txid).order_by("id"))
    if not events:
        raise NothingRecorded(f"transaction {txid} in database {alias!r}")
    if len(events) > 1:
        # Nothing to be done for a row recorded as it stood.
        events = [event for event in events if event.op != "SNAPSHOT"] or events[:1]
    told = {"reverts_transaction": events[0].txid}
    return revert_events(events, told, force=force, dry_run=dry_run)


def revert_events(
    events: Sequence[AuditEvent], told: dict[str, Any], *, force: bool, dry_run: bool
) -> Plan:
    """Take events of one database back, together.

    :param events: oldest first.
    :param told: what the context of the new events says besides.
    """

    def wishes(planner: Planner) -> Sequence[Wish]:
        planner.conflicts += [not_of_rows(event) for event in events if event.op in NOT_OF_ROWS]
        of_rows = [event for event in events if event.op not in NOT_OF_ROWS]
        return planner.take_back(of_rows) if of_rows else ()

    using = events[0]._state.db or router.db_for_read(AuditEvent)
    return carry_out(using, wishes, told, force=force, dry_run=dry_run)


def not_of_rows(event: AuditEvent) -> Conflict:
    """Why an event that is about a whole table is not taken back."""
    detail, remedy = NOT_OF_ROWS[event.op]
    is_forcible = event.op == "RENAME"
    if is_forcible:
        remedy = f"{remedy} {FORCE.format('take back the rows alone')}"
    kind = event.op.lower()
    return Conflict(
        kind, event.table_name, event.object_id, detail, remedy, is_forcible=is_forcible
    )


def carry_out(
    using: str,
    wishes: Callable[[Planner], Sequence[Wish]],
    told: dict[str, Any],
    *,
    force: bool,
    dry_run: bool,
) -> Plan:
    """Plan, and write the plan unless it is refused, in one atomic step.

    :param wishes: what is to become of which rows.
    :param told: what the context of the new events says besides.
    """
    with transaction.atomic(using=using):
        planner = Planner(using, lock=not dry_run)
        plan = planner.make(wishes(planner))
        if dry_run:
            return plan
        refused = [each for each in plan.conflicts if not (force and each.is_forcible)]
        if refused:
            raise RevertRefused(refused)
        with context(**told):
            writing.write(planner.rows, planner.groups(), planner.references)
    return plan
