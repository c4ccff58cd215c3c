"""What happens in a small library, for the commands to tell of."""

from django.contrib.auth.models import User

import trigger_audit
from tests.audit_command import run
from tests.example.models import Book, Publisher
from trigger_audit.models import AuditEvent


def lines(*arguments, **options):
    """What ``manage.py audit`` printed; fails as it fails."""
    output, code = run(*arguments, **{"no_color": True, **options})
    assert code == 0
    return output.splitlines()


def write():
    """A book that Ann makes dearer, and its publisher."""
    ann = User.objects.create(username="ann")
    publisher = Publisher.objects.create(name="Faber")
    book = Book.objects.create(title="Emma", price="5.10", publisher=publisher)
    with trigger_audit.context(user=ann, username="ann", reason="import"):
        Book.objects.filter(pk=book.pk).update(price="6.20", publisher=None)
    return ann, publisher, book


def event(**filters):
    return AuditEvent.objects.get(**filters)
