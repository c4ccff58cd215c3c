"""What tables hold, and the taking back of events of one's own transaction."""

from django.db import connection

from tests.capture.events import query
from trigger_audit.models import AuditEvent
from trigger_audit.revert import actions


def latest(**conditions):
    return AuditEvent.objects.filter(**conditions).latest("id")


def rows_of(tables):
    """Whole rows, as text."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT whole::text FROM {table} AS whole ORDER BY 1")
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


def last_event():
    return query("SELECT coalesce(max(id), 0) FROM trigger_audit_event")[0]


def revert_since(event, *, one_by_one=False, force=False, dry_run=False):
    """Take back what was written after an event, newest first: as one, or event by event."""
    events = list(AuditEvent.objects.filter(id__gt=event).order_by("id"))
    if one_by_one:
        return [each.revert(force=force, dry_run=dry_run) for each in reversed(events)]
    if not events:
        return []
    told = {"reverts_transaction": events[0].txid}
    return actions.revert_events(events, told, force=force, dry_run=dry_run)
