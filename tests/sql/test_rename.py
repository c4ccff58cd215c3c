"""The capture function follows its table and its columns, and history keeps both names."""

import psycopg
import pytest

from tests.sql.audit_table import EVENTS, OWNER, SCHEMA, STRANGER, refused, rows, value
from trigger_audit.sql import quote_identifier, quote_literal

FUNCTION = """
    SELECT
        oid, proname::text, prosecdef, proconfig, proowner::regrole::text, proacl::text,
        obj_description(oid, 'pg_proc')
    FROM pg_proc
    WHERE oid = (SELECT min(tgfoid) FROM pg_trigger WHERE tgname = '!trigger_audit_insert')
"""
BODY = f"SELECT prosrc FROM pg_proc WHERE oid = (SELECT oid FROM ({FUNCTION}) AS function)"

AWKWARD = [
    *(
        "a",
        "title",
        "Title",
        "tit",
        "title2",
        "a.b",
        "a+",
        "(a|b)*",
        "[a]",
        "^a$",
        "{1}",
        "a b",
        "é",
    ),
    *("select", "100%", "%s", ":title", ':"title"', "a'b", 'a"b', '"', "'", "a\\b", "\\1", "\\&"),
    *("\\m", "$", "$1", "$body$", "$function$", "$functionx$", "--", "/*", "😀", "a\nb", "x" * 63),
]


def capture(columns):
    """The body of a capture function, such as ``capture.sql`` makes."""
    pairs = ",\n        ".join(
        f"{quote_literal(name)}, {{row}}.{quote_identifier(name)}" for name in columns
    )
    references = ", ".join(f"{{row}}.{quote_identifier(name)}" for name in columns)
    named = ",\n        ".join(
        f"{{row}}.{quote_identifier(name)} AS {quote_identifier(name)}" for name in columns
    )
    image = f"jsonb_build_object(\n        {pairs}\n    )"
    row = f"ROW({references})::record, (SELECT image FROM (SELECT\n        {named}\n    ) AS image)"
    old, new = (f"{image}, {row}".replace("{row}", each) for each in ("OLD", "NEW"))
    return f"""
BEGIN
    PERFORM {old},
    {new};
    RETURN NULL;
END
"""


def make(connection, *columns, partitioned=False):
    """Make a table named "Book" of columns, with a capture function such as ours."""
    definitions = ", ".join(f"{quote_identifier(name)} text" for name in columns)
    table = "PARTITION BY LIST (id)" if partitioned else ""
    # Only literals and identifiers: psycopg is not to look for parameters.
    connection.execute(f"""
        CREATE TABLE "Book" (id integer, {definitions}) {table};
        CREATE FUNCTION "trigger_audit_capture_Book"() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off COST 77
        AS {quote_literal(capture(columns))};
        REVOKE ALL ON FUNCTION "trigger_audit_capture_Book"() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION "trigger_audit_capture_Book"() TO {STRANGER};
        COMMENT ON FUNCTION "trigger_audit_capture_Book"() IS 'Ours.';
        CREATE TRIGGER "!trigger_audit_insert" AFTER INSERT ON "Book"
        FOR EACH ROW EXECUTE FUNCTION "trigger_audit_capture_Book"();
    """)


def rename_column(connection, old, new):
    """Rename a column as a migration does."""
    names = f"{quote_identifier(old)} TO {quote_identifier(new)}"
    connection.execute(f'ALTER TABLE "Book" RENAME COLUMN {names}')
    follow_column(connection, old, new)


def follow_column(connection, old, new):
    query = """SELECT trigger_audit_rename_column('"Book"', %s, %s)"""
    connection.execute(query, [old, new])


def renamed(kind, old, new, table="Book"):
    names = {f"{kind}_name": old}, {f"{kind}_name": new}
    return ("RENAME", SCHEMA, table, None, *names, None, "postgres")


def write_book(connection):
    """Fire the capture function, which fails for a column that is not there."""
    connection.execute('INSERT INTO "Book" DEFAULT VALUES')


@pytest.mark.parametrize("awkward", AWKWARD)
def test_the_function_goes_on_whatever_a_column_is_called(audit, awkward):
    others = [name for name in AWKWARD if name != awkward]
    make(audit, awkward, *others)

    rename_column(audit, awkward, "plain")
    assert value(audit, BODY) == capture(["plain", *others])
    write_book(audit)

    rename_column(audit, "plain", awkward)
    assert value(audit, BODY) == capture([awkward, *others])
    write_book(audit)

    assert rows(audit, EVENTS) == [
        renamed("column", awkward, "plain"),
        renamed("column", "plain", awkward),
    ]


def test_columns_that_swap_their_names(audit):
    make(audit, "a", "b")
    for old, new in (("a", "c"), ("b", "a"), ("c", "b")):
        rename_column(audit, old, new)
    assert value(audit, BODY) == capture(["b", "a"])
    write_book(audit)


def test_the_function_stays_what_it_is(audit):
    make(audit, "title")
    (before,) = rows(audit, FUNCTION)
    assert before[1:] == (
        "trigger_audit_capture_Book",
        True,
        ["search_path=pg_catalog, pg_temp", "jit=off"],
        OWNER,
        f"{{{OWNER}=X/{OWNER},{STRANGER}=X/{OWNER}}}",
        "Ours.",
    )
    rename_column(audit, "title", "name")
    assert rows(audit, FUNCTION) == [before]
    assert value(audit, "SELECT procost FROM pg_proc WHERE oid = %s", before[0]) == 77


def test_without_standard_strings(audit):
    audit.execute("SET LOCAL standard_conforming_strings = off")
    audit.execute("SET LOCAL escape_string_warning = off")
    make(audit, "a.b", "c\\d")
    rename_column(audit, "a.b", "e\\f")
    rename_column(audit, "c\\d", "g")
    assert value(audit, BODY) == capture(["e\\f", "g"])


def test_a_function_that_has_the_new_name_already_stays_and_the_event_is_written(audit):
    make(audit, "title")
    before = value(audit, "SELECT xmin::text FROM pg_proc WHERE proname LIKE '%capture_Book'")
    follow_column(audit, "name", "title")
    assert value(audit, BODY) == capture(["title"])
    assert rows(audit, EVENTS) == [renamed("column", "name", "title")]
    after = value(audit, "SELECT xmin::text FROM pg_proc WHERE proname LIKE '%capture_Book'")
    assert after == before


def test_a_column_that_is_not_audited_leaves_no_event(audit):
    make(audit, "title")
    audit.execute('ALTER TABLE "Book" ADD COLUMN notes text')
    rename_column(audit, "notes", "remarks")
    assert value(audit, BODY) == capture(["title"])
    assert rows(audit, EVENTS) == []


def test_a_column_of_a_table_that_is_not_audited_leaves_no_event(audit):
    audit.execute('CREATE TABLE "Book" (title text)')
    rename_column(audit, "title", "name")
    assert rows(audit, EVENTS) == []


def test_an_application_trigger_is_not_taken_for_ours(audit):
    audit.execute("""
        CREATE TABLE "Book" (title text);
        CREATE FUNCTION application() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NEW."title"; END';
        CREATE TRIGGER "!trigger audit!" BEFORE INSERT ON "Book"
        FOR EACH ROW EXECUTE FUNCTION application();
    """)
    rename_column(audit, "title", "name")
    audit.execute("""SELECT trigger_audit_rename_table('"Book"', 'Livre', 'stolen')""")
    names = "SELECT proname::text FROM pg_proc WHERE proname IN ('application', 'stolen')"
    assert value(audit, names) == "application"
    assert rows(audit, EVENTS) == [renamed("table", "Livre", "Book")]


def test_the_partitions_of_a_table_share_its_function(audit):
    make(audit, "title", partitioned=True)
    audit.execute('CREATE TABLE part PARTITION OF "Book" DEFAULT')
    rename_column(audit, "title", "name")
    write_book(audit)
    audit.execute("INSERT INTO part DEFAULT VALUES")
    assert rows(audit, EVENTS) == [renamed("column", "title", "name")]


def test_a_renamed_table_takes_its_function_along(audit):
    make(audit, "title")
    (before,) = rows(audit, FUNCTION)
    name, function = 'A "Book" more', 'trigger_audit_capture_A "Book" more'
    audit.execute(f'ALTER TABLE "Book" RENAME TO {quote_identifier(name)}')
    query = "SELECT trigger_audit_rename_table(%s, 'Book', %s)"
    audit.execute(query, [quote_identifier(name), function])
    assert rows(audit, FUNCTION) == [(before[0], function, *before[2:])]
    assert rows(audit, EVENTS) == [renamed("table", "Book", name, table=name)]


def test_a_function_that_has_its_name_keeps_it(audit):
    make(audit, "title")
    before = rows(audit, FUNCTION)
    audit.execute(
        """SELECT trigger_audit_rename_table('"Book"', 'Livre', 'trigger_audit_capture_Book')"""
    )
    assert rows(audit, FUNCTION) == before
    assert rows(audit, EVENTS) == [renamed("table", "Livre", "Book")]


def test_a_rename_has_a_context(audit):
    make(audit, "title")
    audit.execute("""SET LOCAL trigger_audit.context = '{"reason": "clarity"}'""")
    rename_column(audit, "title", "name")
    (event,) = rows(audit, EVENTS)
    context = {"reason": "clarity"}
    assert event == (*renamed("column", "title", "name")[:6], context, "postgres")


@pytest.mark.parametrize("kind", ["table", "column"])
def test_a_stranger_may_not_forge_a_rename(audit, kind):
    audit.execute(f"SET LOCAL ROLE {STRANGER}")
    with refused(audit, psycopg.errors.InsufficientPrivilege):
        audit.execute(f"SELECT trigger_audit_rename_{kind}('pg_class', 'a', 'b')")
    audit.execute(f"SET LOCAL ROLE {OWNER}")
    assert rows(audit, EVENTS) == []
