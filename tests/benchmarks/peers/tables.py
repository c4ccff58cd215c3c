"""The tables that are written: their fields, and the SQL of the values they are filled with."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models

Fields = Callable[[], dict[str, models.Field]]


@dataclass(frozen=True)
class Table:
    """A table; ``values`` gives each column but the key from ``n``, the number of the row."""

    name: str
    title: str
    fields: Fields
    values: dict[str, str]
    changes: str
    """What an update sets: two columns, or one of sixty."""

    def table(self, kind: str) -> str:
        """The name of the table as a kind audits it."""
        return f"bench_{self.name}_{kind}"


def eleven() -> dict[str, models.Field]:
    return {
        "title": models.CharField(max_length=200),
        "description": models.TextField(),
        "code": models.CharField(max_length=20),
        "status": models.CharField(max_length=20),
        "quantity": models.IntegerField(),
        "price": models.DecimalField(max_digits=10, decimal_places=2),
        "weight": models.FloatField(),
        "active": models.BooleanField(default=True),
        "made_at": models.DateTimeField(),
        "due": models.DateField(null=True),
    }


def eleven_keys() -> dict[str, models.Field]:
    fields = eleven()
    del fields["code"], fields["quantity"]
    return fields | {
        "owner": models.ForeignKey("Parent", models.CASCADE, related_name="+"),
        "shelf": models.ForeignKey("Parent", models.CASCADE, related_name="+"),
    }


def four() -> dict[str, models.Field]:
    return {
        "name": models.TextField(),
        "amount": models.IntegerField(),
        "active": models.BooleanField(default=True),
    }


def sixty() -> dict[str, models.Field]:
    numbers = {f"number{index}": models.IntegerField() for index in range(29)}
    words = {f"word{index}": models.TextField() for index in range(29)}
    return {"body": models.TextField(), **numbers, **words}


ELEVEN = {
    "title": "'The title of number ' || n",
    "description": "repeat(md5(n::text) || ' ', 11)",
    "code": "left(md5((n * 7)::text), 12)",
    "status": "'new'",
    "quantity": "n % 1000",
    "price": "(n % 100000) / 100.0",
    "weight": "n * 0.37",
    "active": "n % 7 > 0",
    "made_at": "timestamptz '2026-01-01 12:00+00' + n * interval '7 seconds'",
    "due": "CASE WHEN n % 3 > 0 THEN date '2026-01-01' + n % 365 END",
}
KEYS = {
    **{name: value for name, value in ELEVEN.items() if name not in ("code", "quantity")},
    "owner_id": "1 + n % 10",
    "shelf_id": "1 + n % 7",
}
FOUR = {"name": "'The name of number ' || n", "amount": "n % 1000", "active": "n % 7 > 0"}
SIXTY = {
    **{f"number{index}": f"n + {index}" for index in range(29)},
    **{f"word{index}": f"'word ' || n % {index + 10}" for index in range(29)},
}
LONG = "(SELECT string_agg(md5((n * 1250 + part)::text), '') FROM generate_series(1, 1250) AS part)"
TWO_OF_ELEVEN = "status = status || '+', price = price + 1"
ONE_OF_SIXTY = "word7 = word7 || '+'"

TABLES = {
    table.name: table
    for table in (
        Table("eleven", "Eleven columns", eleven, ELEVEN, TWO_OF_ELEVEN),
        Table(
            "keys", "Eleven columns, two deferrable foreign keys", eleven_keys, KEYS, TWO_OF_ELEVEN
        ),
        Table(
            "four",
            "Four columns",
            four,
            FOUR,
            "name = name || '+', amount = amount + 1",
        ),
        Table(
            "long",
            "Sixty columns, one of 40 kB",
            sixty,
            {"body": LONG, **SIXTY},
            ONE_OF_SIXTY,
        ),
        Table(
            "short", "Sixty columns, all short", sixty, {"body": "'short'", **SIXTY}, ONE_OF_SIXTY
        ),
    )
}
"""By name."""
