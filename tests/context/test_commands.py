"""Management commands say their name in what they write, however they are called."""

import subprocess
import sys

import pytest
from django.core.management import BaseCommand, call_command
from django.core.management.commands import shell

import trigger_audit
from tests.context.events import by_name, contexts
from tests.example.models import Publisher

CREATE = "from tests.example.models import Publisher; Publisher.objects.create(name='Faber')"


class Import(BaseCommand):
    """A command that writes, and that calls another one."""

    __module__ = "project.management.commands.import_books"

    def add_arguments(self, parser):
        parser.add_argument("--fail", action="store_true")

    def handle(self, fail, **options):
        Publisher.objects.create(name="before")
        call_command("shell", command=CREATE, no_imports=True, verbosity=0)
        Publisher.objects.create(name="after")
        if fail:
            raise RuntimeError("of the command")


@pytest.mark.proof
@pytest.mark.django_db
def test_a_command_says_its_name(capsys):
    call_command(Import())
    assert by_name() == {
        "before": {"command": "import_books"},
        "Faber": {"command": "shell"},
        "after": {"command": "import_books"},
    }
    assert trigger_audit.current_context() == {}


@pytest.mark.django_db
def test_it_joins_what_is_told_around_and_inside():
    command = f"import trigger_audit\nwith trigger_audit.context(reason='typo'): {CREATE}"
    with trigger_audit.context(user=7):
        call_command("shell", command=command, no_imports=True, verbosity=0)
    assert contexts() == [{"user": 7, "command": "shell", "reason": "typo"}]


@pytest.mark.django_db
def test_nothing_is_left_after_a_command_that_fails():
    with pytest.raises(RuntimeError, match="of the command"):
        call_command(Import(), fail=True)
    assert trigger_audit.current_context() == {}


@pytest.mark.django_db
def test_commands_may_be_left_out(settings):
    settings.TRIGGER_AUDIT_COMMANDS_EXCLUDE = ["shell"]
    call_command("shell", command=CREATE, no_imports=True, verbosity=0)
    assert contexts() == [None]


@pytest.mark.parametrize("name", ["runserver", "testserver", "test"])
def test_what_runs_the_code_of_others_says_nothing(name, monkeypatch):
    command_class = type("Command", (shell.Command,), {"__module__": f"commands.{name}"})
    seen = []
    monkeypatch.setattr(
        command_class, "handle", lambda *_, **__: seen.append(trigger_audit.current_context())
    )
    call_command(command_class())
    assert seen == [{}]


def test_from_the_command_line():
    program = "import trigger_audit; print(trigger_audit.current_context())"
    shell = [sys.executable, "manage.py", "shell", "--no-imports", "-v0", "-c", program]
    output = subprocess.run(shell, check=True, capture_output=True, text=True).stdout
    assert output.strip() == "{'command': 'shell'}"
