"""The question before what cannot be undone."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandError


def add_no_input(parser: argparse.ArgumentParser) -> None:
    """Take Django's option for those who cannot be asked."""
    parser.add_argument(
        "--no-input",
        "--noinput",
        action="store_false",
        dest="interactive",
        help="Do it without asking.",
    )


def confirm(question: str, options: dict[str, Any]) -> None:
    """Go on only if the operator says yes.

    :raises CommandError: if not, or if there is nobody to ask.
    """
    if not options["interactive"]:
        return
    try:
        answer = input(f"{question}\nType 'yes' to go on, or 'no' to cancel: ")
    except EOFError as error:
        raise CommandError("Nobody answers, and nothing was done. Add --no-input.") from error
    if answer != "yes":
        raise CommandError("Nothing was done.")
