"""What ``docs/reading.md`` says of the command line and of Django REST framework."""

import re
from pathlib import Path

from trigger_audit.management.commands.audit import Command
from trigger_audit.rest_framework import AuditHistoryMixin, AuditHistoryPagination
from trigger_audit.rest_framework.filters import SCHEMAS, AuditEventParameters

DOCS = (Path(__file__).parents[1] / "docs" / "reading.md").read_text(encoding="utf-8")


def names(title, pattern):
    """What stands in the first column of the tables of a section."""
    section = DOCS.partition(f"## {title}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(pattern, cell)}


def test_options_of_the_log():
    parser = Command().create_parser("manage.py", "audit")
    (subparsers,) = (action for action in parser._actions if action.dest == "==SUPPRESS==")
    standard = {option for action in parser._actions for option in action.option_strings}
    options = set(subparsers.choices["log"]._option_string_actions) - standard
    documented = names("On the command line", r"`(--[\w-]+)")
    assert documented == {*options, "--no-color", "--force-color"}


def test_parameters_of_a_history():
    parameters = {*AuditEventParameters().fields, "page", "page_size"}
    assert AuditHistoryPagination.page_size_query_param in parameters
    assert SCHEMAS.keys() == AuditEventParameters().fields.keys()
    documented = names("REST framework", r"`([a-z_]+)`")
    assert {name for name in documented if not name.startswith("history_")} == parameters


def test_attributes_of_a_history():
    attributes = {name for name in vars(AuditHistoryMixin) if name.startswith("history_")}
    assert names("REST framework", r"`(history_\w+)") == attributes
