"""JSON values of images as the database driver gives those of a column's type."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql import psycopg_any
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_time

from trigger_audit.fields import encode_exactly

Reader = Callable[[Any, BaseDatabaseWrapper], Any]

_MODIFIERS = re.compile(r"\s*\([^)]*\)")
_ARRAY = re.compile(r"(\[\d*\])+$")
_BOOLEANS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_INTERVAL = re.compile(
    r"(?:(?P<years>[-+]?\d+) years? ?)?(?:(?P<months>[-+]?\d+) mons? ?)?"
    r"(?:(?P<days>[-+]?\d+) days? ?)?"
    r"(?:(?P<sign>[-+])?(?P<hours>\d+):(?P<minutes>\d+):(?P<seconds>\d+(?:\.\d+)?))?"
)
_RANGE = re.compile(
    r'([\[(])(?:"((?:[^"\\]|\\.|"")*)"|([^",]*)),(?:"((?:[^"\\]|\\.|"")*)"|([^",\])]*))([\])])'
)


def driver_value(db_type: str, value: Any, connection: BaseDatabaseWrapper) -> Any:
    """An image's value as reading a column of the type gives it, before a field converts it.

    :param db_type: as ``Field.db_type`` has it. A value of a type that is not known stays as it is.
    :raises ValueError, TypeError, ArithmeticError, KeyError: for a value that the type has not.
    """
    if value is None:
        return None
    name = _MODIFIERS.sub("", db_type.lower()).strip()
    array = _ARRAY.search(name)
    if array is None:
        return _READERS.get(name, _as_it_is)(value, connection)
    return _array(name[: array.start()], array[0].count("["), value, connection)


def is_known(db_type: str) -> bool:
    """Whether values of the type are made as the driver makes them."""
    return _ARRAY.sub("", _MODIFIERS.sub("", db_type.lower()).strip()) in _READERS


def _array(name: str, depth: int, value: Any, connection: BaseDatabaseWrapper) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no array")
    # An array's type does not say how deep it is; in one of JSON a list may be an element.
    is_nested = depth > 1 or name not in {"json", "jsonb"}
    return [
        _array(name, depth - 1, each, connection)
        if is_nested and isinstance(each, list)
        else driver_value(name, each, connection)
        for each in value
    ]


def _as_it_is(value: Any, _: BaseDatabaseWrapper) -> Any:
    return value


def _text(value: Any) -> str:
    """What had another type once, as PostgreSQL casts it."""
    return value if isinstance(value, str) else encode_exactly(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise TypeError(f"{value!r} is no number")
    return Decimal(value)


def _integer(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise ValueError(f"{value!r} is no integer")
    return int(number)


def _found(parsed: Any, text: str) -> Any:
    if parsed is None:
        raise ValueError(f"{text!r} is no such value")
    return parsed


def _date(value: Any, _: BaseDatabaseWrapper) -> date:
    day: date = _found(parse_date(_string(value)), value)
    return day


def _time(value: Any, _: BaseDatabaseWrapper) -> time:
    moment: time = _found(parse_time(_string(value)), value)
    return moment


def _timestamp(value: Any, _: BaseDatabaseWrapper) -> datetime:
    moment: datetime = _found(parse_datetime(_string(value)), value)
    return moment


def _moment(value: Any, connection: BaseDatabaseWrapper) -> datetime:
    """A timestamp with time zone, in the zone that the connection has."""
    moment = parse_datetime(_string(value))
    if moment is None:
        moment = datetime.combine(_date(value, connection), time())
    zone = connection.timezone or timezone.get_default_timezone()
    there = timezone.make_aware(moment, zone) if timezone.is_naive(moment) else moment
    there = there.astimezone(zone)
    return there if settings.USE_TZ else there.replace(tzinfo=None)


def _interval(value: Any, _: BaseDatabaseWrapper) -> timedelta:
    """Months and years as both drivers count them: of 30 and 365 days."""
    found = _found(_INTERVAL.fullmatch(_string(value)), value)
    parts = {name: Decimal(part or 0) for name, part in found.groupdict().items() if name != "sign"}
    microseconds = int(parts["seconds"] * 1_000_000)
    clock = timedelta(hours=int(parts["hours"]), minutes=int(parts["minutes"]))
    clock += timedelta(microseconds=microseconds)
    days = parts["years"] * 365 + parts["months"] * 30 + parts["days"]
    return timedelta(days=int(days)) + (-clock if found["sign"] == "-" else clock)


def _range(bound: str, range_type: Any) -> Reader:
    def read(value: Any, connection: BaseDatabaseWrapper) -> Any:
        if value == "empty":
            return range_type(empty=True)
        found = _found(_RANGE.fullmatch(_string(value)), value)
        opened, quoted_lower, lower, quoted_upper, upper, closed = found.groups()
        ends = [
            driver_value(bound, _unquoted(quoted, bare), connection)
            for quoted, bare in ((quoted_lower, lower), (quoted_upper, upper))
        ]
        return range_type(*ends, opened + closed)

    return read


def _unquoted(quoted: str | None, bare: str | None) -> str | None:
    """A bound of a range; None for one that is open."""
    text = re.sub(r"\\(.)|\"(\")", r"\1\2", quoted) if quoted is not None else bare
    return text or None


def _simple(read: Callable[[Any], Any]) -> Reader:
    return lambda value, _: read(value)


_READERS: dict[str, Reader] = {
    "bool": _simple(lambda value: _BOOLEANS[_text(value)]),
    "bytea": _simple(lambda value: bytes.fromhex(_string(value).removeprefix("\\x"))),
    "date": _date,
    "daterange": _range("date", psycopg_any.DateRange),
    "double precision": _simple(lambda value: float(_number(value))),
    "int4range": _range("integer", psycopg_any.NumericRange),
    "int8range": _range("integer", psycopg_any.NumericRange),
    "integer": _simple(_integer),
    "interval": _interval,
    "json": _simple(lambda value: json.loads(_text(value))),
    "jsonb": _simple(encode_exactly),
    "numeric": _simple(_number),
    "numrange": _range("numeric", psycopg_any.NumericRange),
    "text": _simple(_text),
    "time": _time,
    "timestamp": _timestamp,
    "timestamp with time zone": _moment,
    "tsrange": _range("timestamp", psycopg_any.DateTimeRange),
    "tstzrange": _range("timestamp with time zone", psycopg_any.DateTimeTZRange),
    "uuid": _simple(lambda value: UUID(_string(value))),
}
_SYNONYMS = {
    "bool": ["boolean"],
    "double precision": ["float4", "float8", "real"],
    "integer": [
        *("bigint", "bigserial", "int", "int2", "int4", "int8"),
        *("serial", "smallint", "smallserial"),
    ],
    "numeric": ["decimal"],
    "text": [
        *("char", "character", "character varying", "cidr"),
        *("citext", "inet", "macaddr", "varchar"),
    ],
    "time": ["time without time zone"],
    "timestamp": ["timestamp without time zone"],
    "timestamp with time zone": ["timestamptz"],
}
_READERS |= {name: _READERS[known] for known, names in _SYNONYMS.items() for name in names}
