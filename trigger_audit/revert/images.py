"""Images of rows: JSON values by the columns' names, some of which nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trigger_audit.fields import encode_exactly
from trigger_audit.values import is_marker

Image = dict[str, Any]


@dataclass(frozen=True)
class Unknown:
    """A value that cannot be written: it was redacted, or does not fit its column any more."""

    text: str
    is_redacted: bool


def same(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    """Whether two images have the same value, to the last digit."""
    if name not in one or name not in other:
        return (name in one) == (name in other)
    values = one[name], other[name]
    if any(isinstance(value, Unknown) for value in values):
        return bool(values[0] == values[1])
    return encode_exactly(values[0]) == encode_exactly(values[1])


def known(image: Mapping[str, Any]) -> Image:
    """The values of an image that are not unknown."""
    return {name: value for name, value in image.items() if not isinstance(value, Unknown)}


def unredacted(image: Mapping[str, Any]) -> Image:
    """An image whose redacted values are unknown ones."""
    return {
        name: Unknown(value, is_redacted=True) if is_marker(value) else value
        for name, value in image.items()
    }
