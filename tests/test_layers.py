"""Imports inside the package go one way, from the higher layers to the lower ones."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import trigger_audit

PACKAGE = "trigger_audit"

LAYERS = (
    {"conf", "exceptions", "fields", "moments", "plan", "psycopg2_methods", "sql"},
    {"templates"},
    {"projections", "views"},
    {"conditions", "declaration", "subscription"},
    {
        "audit_table",
        "catalog",
        "changes",
        "columns",
        "drift",
        "drivers",
        "expressions",
        "history",
        "installation",
        "instances",
        "introspection",
        "keys",
        "models",
        "names",
        "operations",
        "pages",
        "partitions",
        "parts",
        "past",
        "point_in_time",
        "projection_installation",
        "queryset",
        "schema",
        "state",
        "subjects",
        "triggers",
        "view_installation",
        "values",
    },
    {"checks", "context", "feed", "remote_address", "revert", "workers"},
    {
        "apps",
        "autodetector",
        "commands",
        "management",
        "middleware",
        "migrations",
        "pgtrigger_bridge",
        "rest_framework",
        "statements",
        PACKAGE,  # The public face, which the package itself does without.
    },
    {"testing"},  # For tests of projects: nothing else imports it.
)
"""Modules and subpackages, low to high; each may import its own layer and those before it."""

LAZY = {
    ("models", "revert.actions"): "The model has the method that users look for.",
    ("checks.placement", "autodetector"): "The autodetector runs the checks.",
}
"""Imports inside functions that may go the other way, and why."""

ROOT = "apps"
"""It brings all together, inside functions: it is itself imported before models can be."""


def modules():
    """The path of each module, by its name inside the package."""
    folder = Path(trigger_audit.__file__).parent
    paths = {path.relative_to(folder): path for path in folder.rglob("*.py")}
    return {_name(relative): path for relative, path in paths.items()}


def _name(relative):
    parts = relative.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or PACKAGE


def imports(text, known, *, lazy):
    """The modules of the package that a text imports: inside functions, or everywhere else."""
    return {
        _imported(dotted, known)
        for node in _nodes(ast.parse(text), lazy=lazy)
        for dotted in _dotted(node)
        if dotted.split(".")[0] == PACKAGE
    }


def _nodes(node, *, lazy, inside=False):
    if inside is lazy:
        yield node
    inside = inside or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child, lazy=lazy, inside=inside)


def _dotted(node):
    """What a statement imports, with the names that may be modules; empty for other nodes."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"line {node.lineno}: name the package in full"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _imported(dotted, known):
    """The innermost module: ``trigger_audit.sql.SQL`` is of ``sql``."""
    parts = dotted.split(".")[1:]
    while parts and ".".join(parts) not in known:
        parts.pop()
    return ".".join(parts) or PACKAGE


def all_imports(*, lazy):
    known = modules()
    return {
        name: imports(path.read_text(encoding="utf-8"), known, lazy=lazy)
        for name, path in known.items()
    }


def height(name):
    (found,) = (number for number, layer in enumerate(LAYERS) if name.split(".")[0] in layer)
    return found


def test_every_module_has_one_layer():
    placed = sorted(name for layer in LAYERS for name in layer)
    assert placed == sorted({name.split(".")[0] for name in modules()})


def test_no_module_imports_a_higher_layer():
    assert [
        f"{name} imports {imported}"
        for name, found in all_imports(lazy=False).items()
        for imported in found
        if height(imported) > height(name)
    ] == []


def test_modules_do_not_import_each_other_in_circles():
    TopologicalSorter(all_imports(lazy=False)).prepare()


def test_imports_inside_functions_are_the_known_exceptions():
    assert {
        (name, imported)
        for name, found in all_imports(lazy=True).items()
        for imported in found
        if name != ROOT
    } == LAZY.keys()


@pytest.mark.parametrize(
    ("text", "at_once", "later"),
    [
        ("import os, trigger_audit.sql", {"sql"}, set()),
        ("import trigger_audit", {PACKAGE}, set()),
        ("from trigger_audit import Audit, sql", {PACKAGE, "sql"}, set()),
        ("from trigger_audit.sql import SQL", {"sql"}, set()),
        ("from trigger_audit.checks import fields, check", {"checks", "checks.fields"}, set()),
        ("from trigger_audit_other import sql", set(), set()),
        ("try:\n    from trigger_audit import sql\nfinally: pass", {"sql"}, set()),
        ("class A:\n    from trigger_audit import sql", {"sql"}, set()),
        ("def f():\n    from trigger_audit import sql", set(), {"sql"}),
        ("async def f():\n    if 1:\n        import trigger_audit.sql", set(), {"sql"}),
        ("class A:\n    def f(self):\n        from trigger_audit import sql", set(), {"sql"}),
    ],
)
def test_imports_are_found_wherever_they_stand(text, at_once, later):
    known = {"checks", "checks.fields", "sql"}
    assert imports(text, known, lazy=False) == at_once
    assert imports(text, known, lazy=True) == later
