"""What ``docs/context.md`` says of settings and keys."""

import ast
import re
import textwrap
from pathlib import Path

import pytest

from tests.context.site import read
from trigger_audit import conf, middleware
from trigger_audit.workers import QUEUES

DOCS = (Path(__file__).parents[2] / "docs" / "context.md").read_text(encoding="utf-8")


def test_each_setting_is_documented_with_its_default(settings):
    named = {
        function.__doc__.partition(":")[0]: function
        for function in vars(conf).values()
        if callable(function) and (function.__doc__ or "").startswith("TRIGGER_AUDIT_")
    }
    documented = dict(re.findall(r"^\| `(TRIGGER_AUDIT_\w+) = (.*?)` \|", DOCS, re.MULTILINE))
    assert documented.keys() == named.keys()
    for name, default in documented.items():
        expected, found = ast.literal_eval(default), named[name]()
        is_list = isinstance(expected, list)
        assert found == expected or (is_list and sorted(found) == sorted(expected)), name


def test_each_key_of_a_request_is_documented(rf, admin_user):
    request = rf.get("/")
    request.user = admin_user
    keys = middleware.AuditContextMiddleware(read).get_context(request).keys()
    section = DOCS.partition("## Requests")[2].partition("## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    assert {key for row in rows for key in re.findall(r"`(\w+)`", row)} == {*keys, "context_error"}


@pytest.mark.parametrize("code", re.findall(r"^ *```python\n(.*?)^ *```", DOCS, re.DOTALL | re.M))
def test_the_code_is_python(code):
    ast.parse(textwrap.dedent(code))


def test_the_queues_are_those_that_there_are():
    assert ast.literal_eval(re.search(r"^TRIGGER_AUDIT_WORKERS = (.*)", DOCS, re.M)[1]) == [*QUEUES]
