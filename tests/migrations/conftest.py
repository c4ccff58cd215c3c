"""Projects for the tests of migrations."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.migrations.project import Project, create_database, drop_database
from tests.migrations.runner import Runner

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    """What runs manage.py commands."""
    runner = Runner()
    yield runner
    runner.stop()


@pytest.fixture
def empty_database() -> Iterator[Callable[[], str]]:
    """Makes empty databases, and drops them afterwards."""
    server = postgres.connection()
    names = []

    def create() -> str:
        names.append(f"migrations_{os.getpid()}_{next(numbers)}")
        return create_database(server, names[-1])

    yield create
    for name in names:
        drop_database(server, name)


@pytest.fixture
def project(tmp_path: Path, runner: Runner, empty_database: Callable[[], str]) -> Iterator[Project]:
    """A project without apps, on an empty database."""
    project = Project(tmp_path, runner, empty_database())
    yield project
    project.close()
