"""The contexts of the events that a test wrote."""

from trigger_audit.models import AuditEvent


def contexts(table="library_publisher", **filters):
    """In the order of writing."""
    events = AuditEvent.objects.filter(table_name=table, **filters).order_by("id")
    return list(events.values_list("context", flat=True))


def by_name(table="library_publisher"):
    """What each row of the table was inserted with."""
    events = AuditEvent.objects.filter(table_name=table, op="INSERT").order_by("id")
    return {new["name"]: context for new, context in events.values_list("new", "context")}
