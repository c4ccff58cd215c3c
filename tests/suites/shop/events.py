"""What the tests of the shop look at."""

from trigger_audit.models import AuditEvent


def names():
    """Operation and name of each event of a product, in the order of writing."""
    return [
        (event.op, (event.new or event.old)["name"])
        for event in AuditEvent.objects.filter(table_name="shop_product")
    ]


def tables():
    """The tables that events are of."""
    return set(AuditEvent.objects.values_list("table_name", flat=True))
