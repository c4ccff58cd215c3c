"""What this package raises; the docstring of each is its message."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.management.base import CommandError


class TriggerAuditError(Exception):
    """Something went wrong in trigger_audit."""

    def __init__(self, detail: str = "") -> None:
        message = self.__doc__ or ""
        super().__init__(f"{message} ({detail})" if detail else message)


class MissingVariable(TriggerAuditError):
    """An SQL template has a variable that was not given."""


class UnknownVariable(TriggerAuditError):
    """A variable was given that the SQL template does not have."""


class DeclarationError(TriggerAuditError, CommandError):
    """Audits are declared wrongly."""

    def __init__(self, mistakes: Iterable[object]) -> None:
        CommandError.__init__(self, "\n\n".join([self.__doc__ or "", *map(str, mistakes)]))


class ProjectionError(TriggerAuditError, CommandError):
    """A projection cannot be installed."""


class ProjectionFunctionMissing(ProjectionError):
    """A projection's function is not there: make it in a migration that this one depends on."""


class ProjectionReturnsNoTrigger(ProjectionError):
    """A projection's function is none that triggers can call: let it return trigger."""


class ProjectionOfPartitions(ProjectionError):
    """A projection misses what is written to partitions: take it off the partitioned table."""


class ContextNotSerializable(TriggerAuditError):
    """A value of the context is nothing that Django's JSON encoder takes: give text or a key."""


class ContextTooLarge(TriggerAuditError):
    """The context is too large for every event: keep what is long in a table of its own."""


class InvalidKey(TriggerAuditError):
    """No row has such a primary key: give one of its type, a composite one as a JSON array."""


class InvalidMoment(TriggerAuditError):
    """The moment is no aware datetime that has passed."""


class MixedMoments(TriggerAuditError, TypeError):
    """Querysets of different moments do not combine by operators: use union()."""


class NotAudited(TriggerAuditError):
    """The model is not audited: declare Meta.audit, or call trigger_audit.register."""


class NothingRecorded(TriggerAuditError):
    """Nothing is recorded that could be taken back."""


class RevertRefused(TriggerAuditError):
    """The revert is refused, and nothing was written."""

    def __init__(self, conflicts: Iterable[object]) -> None:
        self.conflicts = tuple(conflicts)
        Exception.__init__(self, "\n".join([self.__doc__ or "", *map(str, self.conflicts)]))


class ReadOnly(TriggerAuditError, TypeError):
    """Events are written by the database alone: change the row, and an event tells of it."""


class ReadOnlyPast(ReadOnly):
    """The past cannot be written: change the model's rows, or call trigger_audit.restore."""


class UnknownModel(TriggerAuditError, LookupError):
    """There is no such model: name it as in "library.Book"."""


class UnsavedObject(TriggerAuditError, ValueError):
    """An object without a primary key has no history: save it first."""


class UnknownField(TriggerAuditError):
    """The model has no such column: name one of its concrete fields."""


class ModelGone(TriggerAuditError):
    """The event's table is no model's any more: read its old and new."""


class NotRecorded(TriggerAuditError, AttributeError):
    """The event tells nothing of this field: ask trigger_audit.as_of for the whole row."""


class FeedError(TriggerAuditError):
    """The feed cannot go on."""


class UnknownSubscription(FeedError):
    """There is no such subscription."""


class NeverBegun(UnknownSubscription):
    """The subscription has no position yet: manage.py audit consume or feed reset begins it."""


class NotFailed(FeedError):
    """No such change is parked because it failed: manage.py audit feed status shows those."""


class FeedInTransaction(FeedError):
    """The feed cannot run in a transaction: in tests use trigger_audit.testing.drain()."""


class StaleModels(FeedError):
    """The database and the models differ: run the migrations, and restart the workers."""


class ShardsChanged(FeedError):
    """A subscription was begun with other shards: run manage.py audit feed reset, or undo it."""


class SchemaChanged(FeedError):
    """A table is in another schema than before: name a subscription for each, or feed reset."""


class FeedNotInstalled(FeedError):
    """There are no tables of the feed: run manage.py migrate, or mend the search_path."""


class BackfillChanged(FeedError):
    """A model is gone or renamed before all its rows were delivered: manage.py audit feed reset."""


class DatabaseRestored(FeedError):
    """The database was restored from a dump: run manage.py audit feed rebase."""


class EventsPruned(FeedError):
    """Partitions are gone with undelivered events: manage.py audit feed reset, or accept-loss."""


class HandlerRolledBack(FeedError):
    """A handler left its transaction to be rolled back."""


class NoConnection(FeedError):
    """There is no second connection, as atomic=False needs: allow more, or begin fewer workers."""


class NothingHandled(FeedError, TypeError):
    """A handler returned a coroutine or a generator, and did nothing: use def, without yield."""


class QueueUnavailable(FeedError):
    """The task queue does not take tasks now; they are queued when it does."""


class NotHandedOff(FeedError, TypeError):
    """A function under once() takes a change of the feed: call it with the payload of one."""


class DrainInTransaction(FeedError):
    """drain() runs in a TestCase or outside of transactions: call it after transaction.atomic()."""


class EndlessDrain(FeedError):
    """The handlers write without end what they subscribe to: have them write only what differs."""
