"""What docs/feed-operations.md says of commands, states and checks is so."""

import re
import shlex
from pathlib import Path

from trigger_audit.feed import LaneStatus
from trigger_audit.management.audit.feed import FEED
from trigger_audit.management.commands.audit import Command

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "feed-operations.md").read_text()
MODULES = ("subscriptions", "subscription_options", "subscribed_models", "handoff")
CHECKS = "".join((ROOT / "trigger_audit/checks" / f"{each}.py").read_text() for each in MODULES)


def test_commands():
    block = re.search(r"```shell\n(.*?)```", TEXT, re.DOTALL)[1]
    parser = Command().create_parser("manage.py", "audit")
    found = set()
    for line in block.splitlines():
        program, *arguments = shlex.split(line, comments=True)
        options = parser.parse_args(arguments[1:])
        assert (program, arguments[:2]) == ("manage.py", ["audit", "feed"])
        found.add(options.subcommand)
    assert found == set(FEED.subcommands)


def test_states():
    table = TEXT.split("| state |")[1].split("\n\n")[0]
    told = [re.match(r"\| (`.*?`) \|", line) for line in table.splitlines()]
    states = [state for cell in told if cell for state in re.findall(r"\w+", cell[1])]
    sentence = LaneStatus.__doc__.split(":ivar state:")[1].split(":ivar")[0]
    assert sorted(states) == sorted(set(re.findall(r"``(\w+)``", sentence)) - {"error"})


def test_checks():
    told = TEXT.split("## What the checks say")[1]
    ids = set(re.findall(r"[EW]0\d\d", told))
    for first, last in re.findall(r"E(\d+)` to `E(\d+)", told):
        ids |= {f"E{number:03}" for number in range(int(first), int(last))}
    assert ids == set(re.findall(r"trigger_audit\.([EW]\d+)\b", CHECKS))
