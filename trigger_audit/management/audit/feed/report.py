"""What ``manage.py audit feed status`` prints for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.core.management.base import OutputWrapper
from django.core.management.color import Style
from django.utils import timezone

from trigger_audit.feed import Blocker, Failure, LaneStatus, registry
from trigger_audit.feed.status import MOST
from trigger_audit.management.audit.feed.parked import SHOWN, of_row

HEADER = ("subscription", "lane", "state", "lag", "age", "delivered", "parked", "position", "pid")
STATE = HEADER.index("state")
GOOD = ("running", "backfilling")
BAD = ("stopped", "failing")


class Report:
    """Lanes as a table, and then what is wrong, with the remedies."""

    def __init__(self, stdout: OutputWrapper, style: Style) -> None:
        self.stdout = stdout
        self.style = style

    def write(
        self,
        lanes: list[LaneStatus],
        failures: dict[str, list[Failure]],
        blockers: list[Blocker],
    ) -> None:
        if lanes:
            self._write_lanes(lanes)
        else:
            self.stdout.write(self.style.WARNING("There are no subscriptions in this database."))
        for name, failed in failures.items():
            self._write_failures(name, failed)
        if blockers:
            self._write_blockers(blockers)

    def _write_lanes(self, lanes: list[LaneStatus]) -> None:
        rows = [_cells(lane) for lane in lanes]
        widths = [max(map(len, column)) for column in zip(HEADER, *rows, strict=True)]
        self.stdout.write(self._row(HEADER, widths, str))
        told: set[tuple[str, str]] = set()
        for lane, cells in zip(lanes, rows, strict=True):
            self.stdout.write(self._row(cells, widths, self._colour(lane.state)))
            # What goes for all lanes of a subscription is told once.
            for note in _notes(lane):
                if (lane.subscription, note) not in told:
                    self.stdout.write(f"  {note}")
                    told.add((lane.subscription, note))

    def _row(self, cells: tuple[str, ...], widths: list[int], colour: Callable[[str], str]) -> str:
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        padded[-1] = cells[-1]
        padded[STATE] = colour(padded[STATE])
        return "  ".join(padded).rstrip()

    def _colour(self, state: str) -> Callable[[str], str]:
        if state in GOOD:
            return self.style.SUCCESS
        return self.style.ERROR if state in BAD else self.style.WARNING

    def _write_failures(self, name: str, failed: list[Failure]) -> None:
        self.stdout.write("")
        self.stdout.write(self.style.ERROR(f"{name} cannot take:"))
        for each in failed[:SHOWN]:
            waiting = f", {each.waiting} waiting for it" if each.waiting else ""
            self.stdout.write(
                f"  event {each.event_id}, {of_row(each)}: tried {_times(each.attempts)}{waiting}:"
                f" {_first_line(each.error)}"
            )
        if len(failed) > SHOWN:
            self.stdout.write(f"  and {len(failed) - SHOWN} more")
        self.stdout.write(
            f"  Mend the cause and run manage.py audit feed retry {name}; manage.py audit feed skip"
            f" {name} EVENT_ID lets go of one."
        )

    def _write_blockers(self, blockers: list[Blocker]) -> None:
        self.stdout.write("")
        self.stdout.write("Open transactions, whose own changes come when they end:")
        for each in blockers:
            self.stdout.write(f"  {_who(each)}, for {_age_since(each.since)}, {each.state}")
            if each.query:
                self.stdout.write(f"    {' '.join(each.query.split())}")
            self.stdout.write(f"    {_remedy(each)}")


def _cells(lane: LaneStatus) -> tuple[str, ...]:
    lag = "" if lane.lag_events is None else str(lane.lag_events)
    return (
        lane.subscription,
        f"{lane.shard} of {lane.shards}",
        lane.state,
        f"{lag}+" if lane.lag_events == MOST else lag,
        _age(lane.lag_seconds) if lane.lag_events else "",
        str(lane.delivered),
        str(lane.parked or ""),
        str(lane.position),
        str(lane.pid or ""),
    )


def _notes(lane: LaneStatus) -> Iterator[str]:
    if lane.error:
        tried = f" (tried {_times(lane.attempts)})" if lane.state == "failing" else ""
        yield f"{_first_line(lane.error)}{tried}"
    if lane.state == "new":
        yield f"manage.py audit consume {lane.subscription} begins it."
    elif lane.state == "paused":
        yield f"manage.py audit feed resume {lane.subscription} has it go on."
    elif lane.state == "undeclared":
        yield (
            f"{_whose(lane.subscription)}: if it is no more, run manage.py audit feed forget"
            f" {lane.subscription}."
        )


def _whose(name: str) -> str:
    """What is said of a subscription that this database only remembers."""
    declared = registry.find(name)
    if declared is None:
        return "No subscriptions.py declares it"
    return f"It is declared for the database '{registry.database_of(declared)}'"


def _who(blocker: Blocker) -> str:
    who = f"pid {blocker.pid}" if blocker.gid is None else f"prepared as '{blocker.gid}'"
    application = f", {blocker.application}" if blocker.application else ""
    return f"{who} of {blocker.role}{application}"


def _remedy(blocker: Blocker) -> str:
    if blocker.gid is not None:
        gid = blocker.gid.replace("'", "''")
        return f"End it: COMMIT PREPARED '{gid}', or ROLLBACK PREPARED '{gid}'."
    return f"End it there, or: SELECT pg_terminate_backend({blocker.pid})."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _first_line(text: str) -> str:
    return text.strip().split("\n")[0]


def _age_since(moment: datetime) -> str:
    now = timezone.now() if timezone.is_aware(moment) else timezone.make_naive(timezone.now())
    return _age((now - moment).total_seconds())


def _age(seconds: float | None) -> str:
    """``4s``, ``3m 10s``, ``2 days, 1:00:05``: as short as it tells."""
    whole = round(seconds or 0)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60}s"
    return str(timedelta(seconds=whole))
