"""What ``docs/feed.md`` and ``docs/testing.md`` say; the examples of the latter are tests here."""

import ast
import inspect
import re
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async

import trigger_audit
from tests.example import subscriptions
from tests.example.models import Book
from trigger_audit.feed import Batch, Change
from trigger_audit.subscription import OPERATIONS, POLICIES, STARTS
from trigger_audit.testing import drain, draining

DOCS = Path(__file__).parents[2] / "docs"
README = (DOCS.parent / "README.md").read_text(encoding="utf-8")
FEED = (DOCS / "feed.md").read_text(encoding="utf-8")
TESTING = (DOCS / "testing.md").read_text(encoding="utf-8")
EXAMPLES = [
    code.replace("from library.", "from tests.example.")
    for code in re.findall(r"```python\n(.*?)```", TESTING, re.DOTALL)
]
INSTANCE_ATTRIBUTES = {"row", "shard", "source", "subscription", "using"}
IMPORTED = (pytest, sync_to_async)

# They are tests of this module from here on.
for example in EXAMPLES:
    exec(example)  # noqa: S102  # It is ours.


def names(header):
    """What stands in the first column of the table with a header."""
    rows = FEED.partition(f"| {header} | |\n")[2].partition("\n\n")[0]
    cells = [row.split(" | ")[0] for row in rows.splitlines()]
    return {name for cell in cells for name in re.findall(r"`(\w+)", cell)}


def public(kind):
    """The attributes of a class, and those that its instances are given."""
    given = inspect.signature(kind).parameters.keys() & INSTANCE_ATTRIBUTES
    return {name for name in vars(kind) if not name.startswith("_")} | given


def test_each_option_is_documented_with_its_default():
    parameters = inspect.signature(trigger_audit.subscribe).parameters.values()
    options = {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}
    documented = dict(re.findall(r"^\| `(\w+)` \| `(.*?)` \|", FEED, re.MULTILINE))
    assert {name: ast.literal_eval(default) for name, default in documented.items()} == options
    assert options["operations"] == OPERATIONS


def test_what_a_batch_has():
    assert names("of a batch") == public(Batch)


def test_what_a_change_has():
    assert names("of a change") == public(Change)


def test_starts_and_policies():
    starts = FEED.partition("| `start` | a new")[2].partition("\n\n")[0]
    assert set(re.findall(r'^\| `"(\w+)"` \|', starts, re.MULTILINE)) == set(STARTS)
    policies = FEED.partition("by `on_failure`:\n")[2].partition("\nA change")[0]
    assert set(re.findall(r'^\| `"(\w+)"` \|', policies, re.MULTILINE)) == set(POLICIES)


def test_the_read_store_is_the_example():
    assert inspect.getsource(subscriptions.keep_listings) in FEED


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", FEED, re.DOTALL))
def test_the_code_is_python(code):
    ast.parse(code)


def test_the_rounds_of_a_drain():
    assert f"after {draining.ROUNDS} rounds" in TESTING


def test_the_examples_are_tests():
    assert {name for name in globals() if name.startswith(("Listing", "Async"))} == {
        "AsyncListingTests",
        "ListingTests",
    }
    assert len(EXAMPLES) == 3


@pytest.mark.django_db
def test_the_subscription_of_the_readme(subscribe):
    (code,) = re.findall(r"```python\n(# library/subscriptions.py.*?)```", README, re.DOTALL)
    found = {}
    index = type("Search", (), {"upsert": staticmethod(found.__setitem__)})
    names = {"__name__": "library.subscriptions", "trigger_audit": trigger_audit}
    exec(code, {**names, "Book": Book, "search": index})  # noqa: S102  # It is ours.
    book = Book.objects.create(title="Emma", price="5.00")
    Book.objects.update(price="7.50")
    assert drain() == {"library.index": 2}
    assert {key: str(new["price"]) for key, new in found.items()} == {book.pk: "7.50"}
