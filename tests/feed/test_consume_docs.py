"""What ``docs/feed.md`` says of the workers."""

import re
from pathlib import Path

from trigger_audit.feed import lane, notice, outcome, stopping
from trigger_audit.management.commands.audit import Command

DOCS = (Path(__file__).parents[2] / "docs" / "feed.md").read_text(encoding="utf-8")
SECTION = DOCS.partition("## Run the workers\n")[2].partition("\n## ")[0]
CELLS = re.findall(r"^\| (`.*?) \|", SECTION, re.MULTILINE)


def test_its_options():
    parser = Command().create_parser("manage.py", "audit")
    (subparsers,) = (action for action in parser._actions if action.dest == "==SUPPRESS==")
    standard = {option for action in parser._actions for option in action.option_strings}
    options = set(subparsers.choices["consume"]._option_string_actions) - standard
    assert {name for cell in CELLS for name in re.findall(r"`(--[\w-]+)", cell)} == options


def test_its_log_lines():
    events = {value for name, value in vars(notice).items() if name.isupper()}
    told = {outcome.DELIVERED, outcome.FAILED, outcome.PARKED} | events
    log = SECTION.partition("### Log lines")[2]
    cells = re.findall(r"^\| (`.*?) \|", log, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`([\w ]+)`", cell)} == {*told, "event"}


def test_its_times():
    assert (lane.SHORTEST, lane.LONGEST, lane.STOPPED, stopping.GRACE) == (0.02, 1, 5, 30)
