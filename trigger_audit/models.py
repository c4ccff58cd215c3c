"""The audit table as a model that reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from django.db import models

from trigger_audit.changes import Change
from trigger_audit.exceptions import ReadOnly
from trigger_audit.fields import ExactJSONDecoder, ExactJSONEncoder, TransactionIdField
from trigger_audit.pages import Page
from trigger_audit.queryset import AuditEventQuerySet

if TYPE_CHECKING:
    from trigger_audit.plan import Plan


class AuditEvent(models.Model):
    """One change of one row, as the database recorded it: who, what, when."""

    class Operation(models.TextChoices):
        """What happened: TG_OP, or what migrations and backfills add to it."""

        INSERT = "INSERT"
        UPDATE = "UPDATE"
        DELETE = "DELETE"
        TRUNCATE = "TRUNCATE"
        SNAPSHOT = "SNAPSHOT"
        RENAME = "RENAME"

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    txid = TransactionIdField()
    op = models.TextField(choices=Operation.choices)
    table_schema = models.TextField()
    table_name = models.TextField()
    object_id = models.TextField(null=True)
    old = models.JSONField(null=True, encoder=ExactJSONEncoder, decoder=ExactJSONDecoder)
    new = models.JSONField(null=True, encoder=ExactJSONEncoder, decoder=ExactJSONDecoder)
    context = models.JSONField(null=True)
    db_user = models.TextField()

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "trigger_audit_event"
        ordering = ["id"]
        verbose_name = "audit event"

    def __str__(self) -> str:
        return f"{self.op} {self.table_name} {self.object_id or ''}".rstrip()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_page"}

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Events are not written in Python."""
        raise ReadOnly

    def save_base(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Nor when fixtures are loaded."""
        raise ReadOnly

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Events are not deleted in Python."""
        raise ReadOnly

    def revert(self, *, force: bool = False, dry_run: bool = False) -> Plan:
        """Take this event back, in one atomic step that leaves events of its own.

        A row that came goes, one that went comes back under its key, and of one that changed the
        fields that this event changed get their former values.

        :param force: go on in spite of conflicts, where that has a meaning.
        :param dry_run: return the plan, conflicts included, and write nothing.
        :raises RevertRefused: if there are conflicts; nothing is written then.
        """
        from trigger_audit.revert import actions

        return actions.revert(self, force=force, dry_run=dry_run)

    @property
    def model(self) -> type[models.Model] | None:
        """The model whose table it is of, by whichever name; None if it is gone."""
        return self._shared.model(self)

    @property
    def object(self) -> models.Model | None:
        """The row as it is now, None if it is not there."""
        return self._shared.live(self)

    @property
    def before(self) -> models.Model | None:
        """The row before, as an instance that is not saved; None for an INSERT.

        Its ``kept_aside`` has, by column, what is no field's any more. Of an image of
        changes alone, and of an excluded field, reading what is not there raises
        :class:`~trigger_audit.exceptions.NotRecorded`.

        :raises ModelGone: if the table is no model's any more.
        """
        return self._shared.instance(self, self._shared.images(self)[0])

    @property
    def after(self) -> models.Model | None:
        """The row after, as :attr:`before` is; None for a DELETE."""
        return self._shared.instance(self, self._shared.images(self)[1])

    @property
    def changes(self) -> list[Change]:
        """The fields that differ between both images, with values as Python has them.

        What choices and foreign keys display is looked up once for all events that were read
        together.
        """
        return self._shared.changes(self)

    @property
    def _shared(self) -> Page:
        if "_page" not in self.__dict__:
            self._page = Page([self])
        return self._page
