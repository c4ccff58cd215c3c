"""The audit table as a model that reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from trigger_audit.fields import ExactJSONDecoder, TransactionIdField

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
    old = models.JSONField(null=True, decoder=ExactJSONDecoder)
    new = models.JSONField(null=True, decoder=ExactJSONDecoder)
    context = models.JSONField(null=True)
    db_user = models.TextField()

    class Meta:
        managed = False
        db_table = "trigger_audit_event"
        ordering = ["id"]
        verbose_name = "audit event"

    def __str__(self) -> str:
        return f"{self.op} {self.table_name} {self.object_id or ''}".rstrip()

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
