"""Runs ``manage.py audit``, and the SQL that it is to notice."""

import json
from io import StringIO

from django.core.management import CommandError, call_command
from django.db import connection


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def run(*arguments, **options):
    """What ``manage.py audit`` printed, and its exit code."""
    output = StringIO()
    try:
        call_command("audit", *arguments, stdout=output, **options)
    except CommandError as error:
        return output.getvalue(), error.returncode
    return output.getvalue(), 0


def tables(**options):
    """What ``audit status`` says of each table, and its exit code."""
    output, code = run("status", "--format=json", **options)
    return {each["table"]: each for each in json.loads(output)}, code


def text(difference):
    detail = f" ({difference['detail']})" if difference["detail"] else ""
    return f"{difference['kind']}: {difference['name']}{detail}"
