"""The read store of the library: what a page with books shows, without a join."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

import trigger_audit
from tests.example.models import Book, BookListing, Publisher
from trigger_audit.feed import Batch, Change

LINKS = Book.tags.through
SHOWN = ["title", "price", "publisher", "tags"]


@trigger_audit.subscribe(Book, LINKS, Publisher, name="library.listings", start="backfill")
def keep_listings(batch: Batch) -> None:
    """Write the listings of all books that a batch concerns anew, from what the tables have now.

    So it does not matter how often a change comes, or what has happened since: that comes too.
    """
    books = Book.objects.using(batch.using).filter(concerned(batch))
    listings = BookListing.objects.using(batch.using)
    listings.filter(listed(batch)).exclude(book__in=books.values("pk")).delete()
    listings.bulk_create(
        map(listing, books.select_related("publisher").prefetch_related("tags")),
        update_conflicts=True,
        unique_fields=["book"],
        update_fields=SHOWN,
    )


def listing(book: Book) -> BookListing:
    return BookListing(
        book=book.pk,
        title=book.title,
        price=book.price,
        publisher=book.publisher.name if book.publisher else None,
        tags=sorted(tag.name for tag in book.tags.all()),
    )


def concerned(batch: Batch) -> Q:
    """The books whose listings may be others than they were; all, where a table was emptied."""
    if any(change.operation == "TRUNCATE" for change in batch):
        return Q()
    publishers = {key for change in of(batch, Publisher) for key in (change.old_key, change.key)}
    return Q(pk__in=books_of(batch)) | Q(publisher__in=publishers)


def listed(batch: Batch) -> Q:
    """The listings whose books may be gone."""
    if any(change.operation == "TRUNCATE" for change in batch):
        return Q()
    return Q(book__in=books_of(batch))


def books_of(batch: Batch) -> set[Any]:
    """The keys, before and after, of books that changed, or whose links did."""
    own = {key for change in of(batch, Book) for key in (change.old_key, change.key)}
    rows = [row for change in of(batch, LINKS) for row in (change.old, change.new)]
    return own | {row["book"] for row in rows if row is not None}


def of(batch: Batch, model: Any) -> Iterable[Change]:
    return (change for change in batch if change.model is model)
