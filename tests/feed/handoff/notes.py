"""What the tasks of these tests do: a book tells of each change of a publisher."""

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from tests.example.models import Book
from trigger_audit import feed


def note(payload):
    """A second note of the same change is another book."""
    change = feed.received(payload)
    title = f"{change.operation} {change.key} {(change.new or {}).get('name')}"
    Book.objects.create(title=title, price=0)
    return title
