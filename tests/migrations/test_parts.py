"""The migrations of this app that add to the audit table."""

import pytest

from trigger_audit.parts import PARTS

OURS = """
    SELECT count(*) AS found
    FROM (SELECT proname AS name FROM pg_proc UNION ALL SELECT relname FROM pg_class) AS objects
    WHERE starts_with(name::text, 'trigger_audit_') AND name = ANY (%s::text[])
"""
MIGRATIONS = {"reading": "0002", "feed": "0003", "handoff": "0004"}


def found(project, part):
    names = [f"trigger_audit_{name}" for name in PARTS[part]]
    return project.sql(OURS, names)[0]["found"]


@pytest.mark.parametrize("part", sorted(MIGRATIONS))
def test_forward_backward_and_forward_again(project, part):
    before = f"{int(MIGRATIONS[part]) - 1:04}"
    project.run("migrate -v0")
    objects = found(project, part)
    assert objects > 0
    for _ in range(2):
        project.run(f"migrate -v0 trigger_audit {before}")
        assert found(project, part) == 0
        project.run("migrate -v0")
        assert found(project, part) == objects
    project.run("migrate -v0 trigger_audit zero")
    assert found(project, part) == 0


def test_sqlmigrate_shows_a_part(project):
    project.run("migrate -v0")
    assert "CREATE OR REPLACE FUNCTION" in project.run("sqlmigrate trigger_audit 0002")
    dropped = project.run("sqlmigrate --backwards trigger_audit 0002")
    assert "DROP FUNCTION IF EXISTS" in dropped


def test_routers_that_keep_the_audit_table_out_keep_its_parts_out(project):
    (project.folder / "routing.py").write_text(
        "class Router:\n    def allow_migrate(self, db, app_label, **hints):\n"
        "        return app_label != 'trigger_audit'\n"
    )
    project.configure(DATABASE_ROUTERS=["routing.Router"])
    project.run("migrate -v0")
    assert found(project, "reading") == 0
    project.run("migrate -v0 trigger_audit zero")


def test_without_migrations_the_parts_are_made_too(project):
    project.configure(MIGRATION_MODULES={"trigger_audit": None})
    project.run("migrate -v0 --run-syncdb")
    assert [part for part in PARTS if not found(project, part)] == []
