"""``python -m tests.suites.answer no flush`` runs manage.py flush, and answers no."""

import builtins
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    builtins.input = lambda prompt: sys.argv[1]
    execute_from_command_line(["manage.py", *sys.argv[2:]])
