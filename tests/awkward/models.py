"""Models that try to break us: by their names, keys, columns and ancestors."""

import uuid

import pgtrigger
from django.contrib.auth.models import Group
from django.db import models

import trigger_audit
from tests.example.models import Tag
from trigger_audit import Audit

ODD_COLUMNS = [
    # What the capture function calls its own variables, aliases and parts.
    *("at", "context", "table_name", "table_schema", "trigger_audit", "old", "new"),
    *("op", "tg_op", "TG_OP", "old_rows", "new_rows", "OLD", "NEW", "row_number", "position"),
    *("txid", "object_id", "db_user", "pg_catalog", "session_user", "clock_timestamp"),
    # What SQL, plpgsql, Python and psql read as something else.
    *("select", "user", "null", "order", "Two words", "CamelCase", "camelcase", "a.b", " "),
    *("it's", "'''", "', old", "back\\slash", "E'\\n'", "$1", "$$", "{}", "{0}", "?", "()", ";"),
    *(":table", ":schema", "::text", ":'function'", ':""schema""', ':""x', "tab\there"),
    *("-- comment", "/* comment", "*/", "x -- condition", "-- statement level", "-- row level: "),
    # What Django takes as quoted already, and what it puts into quotes.
    *('"in quotes"', 'say ""hi""', '"say ""ho"""', 'OLD.""id""', '""""""'),
    # As long as names may be, in bytes.
    *("c" * 63, "é" * 31, "\N{BOOKS}" * 15),
]

PERCENT_COLUMNS = ["%", "%s", "100%", "%%", "%(a)s", "%I"]
"""The ORM cannot write these with parameters."""


def columns(names):
    return {
        f"field_{number}": models.TextField(db_column=name) for number, name in enumerate(names)
    }


def model(class_name, *bases, fields, **meta):
    options = type("Meta", (), {"audit": "__all__", **meta})
    attributes = {**fields, "Meta": options, "__module__": __name__}
    return type(class_name, bases or (models.Model,), attributes)


OddColumns = model("OddColumns", fields=columns(ODD_COLUMNS))
OddColumnsChanges = model(
    "OddColumnsChanges",
    fields=columns(ODD_COLUMNS),
    # Every second one.
    audit=Audit(images="changes", level="row", redact=list(columns(ODD_COLUMNS))[::2]),
)
PercentColumns = model("PercentColumns", fields=columns(PERCENT_COLUMNS))
Wide = model(
    "Wide", fields={f"column_{number}": models.IntegerField(default=0) for number in range(120)}
)
WideChanges = model(
    "WideChanges",
    fields={f"column_{number}": models.IntegerField(default=0) for number in range(120)},
    audit=Audit(images="changes"),
)

TABLES = {
    # The class, its db_table, and what the catalog knows the table by.
    "Quoted": ('"In quotes"', "public", "In quotes"),
    "QuotesInside": ('say ""hi""', "public", 'say "hi"'),
    "QuotesInsideQuoted": ('"say ""ho"""', "public", 'say "ho"'),
    "Capitals": ("CamelCase", "public", "CamelCase"),
    "Spaces": ("two  words ", "public", "two  words "),
    "Reserved": ("select", "public", "select"),
    # A function beside the audit table is called trigger_audit_capture_of.
    "Of": ("of", "public", "of"),
    "Dot": ("a.b", "public", "a.b"),
    "Apostrophe": ("it's", "public", "it's"),
    "Backslash": ("back\\slash", "public", "back\\slash"),
    "Variable": (":table", "public", ":table"),
    "Dollars": ("$body$", "public", "$body$"),
    "Comment": ("a -- statement level", "public", "a -- statement level"),
    "Braces": ("{0} {}", "public", "{0} {}"),
    "Old": ("old", "public", "old"),
    "New": ("new", "public", "new"),
    "OldRows": ("old_rows", "public", "old_rows"),
    "Longest": ("t" * 63, "public", "t" * 63),
    "AlmostLongest": ("t" * 62 + "u", "public", "t" * 62 + "u"),
    "Multibyte": ("é" * 31, "public", "é" * 31),
    "Astral": ("\N{BOOKS}" * 15, "public", "\N{BOOKS}" * 15),
    "InSchema": ('other"."book', "other", "book"),
    "InSchemaQuoted": ('"other"."The book"', "other", "The book"),
    "InOddSchema": ('Odd ""schema"""."book', 'Odd "schema"', "book"),
}

PERCENT_TABLES = {
    # Django can make them, and neither drop nor write them.
    "Percent": ("100% full", "public", "100% full"),
    "PercentLetter": ("50%s", "public", "50%s"),
    "PercentName": ("%(table)s", "public", "%(table)s"),
    "InPercentSchema": ('%s"."book', "%s", "book"),
}

for class_name, (db_table, _, _) in TABLES.items():
    globals()[class_name] = model(
        class_name, fields={"name": models.TextField()}, db_table=db_table
    )

for class_name, (db_table, _, _) in PERCENT_TABLES.items():
    globals()[class_name] = model(
        class_name, fields={"name": models.TextField()}, db_table=db_table, managed=False
    )


class Linked(models.Model):
    """A schema prefix reaches the table of its links too."""

    # No table in the search path: Django's flush would not know what refers to it.
    others = models.ManyToManyField("self", symmetrical=False)

    class Meta:
        db_table = 'other"."Linked things'
        audit = ("others",)


class Composite(models.Model):
    pk = models.CompositePrimaryKey("row", "number")
    row = models.TextField(db_column='"Row ""name"""')
    number = models.IntegerField(db_column="op")
    note = models.TextField()

    class Meta:
        audit = "__all__"


class UuidKey(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_column="The key")
    name = models.TextField()

    class Meta:
        audit = {"name"}


class TextKey(models.Model):
    code = models.TextField(primary_key=True, db_column="old")
    parent = models.ForeignKey("self", models.CASCADE, null=True, db_column="new")

    class Meta:
        audit = "__all__"


class Titled(models.Model):
    """Abstract, and so is its audit."""

    title = models.TextField()
    note = models.TextField()
    tags = models.ManyToManyField(Tag)

    audit = trigger_audit.AuditHistory()

    class Meta:
        abstract = True
        audit = Audit(["title", "note", "tags"], redact=["note"])


class Inherits(Titled):
    """Audited as the abstract base says."""


class Overrides(Titled):
    class Meta(Titled.Meta):
        audit = ["title"]


class SwitchesOff(Titled):
    class Meta(Titled.Meta):
        audit = None


class Grandchild(Inherits):
    """The Meta of the abstract base reaches it, and names no column of its own."""

    pages = models.IntegerField()


class Vehicle(models.Model):
    name = models.TextField()

    events = trigger_audit.AuditHistory()

    class Meta:
        audit = "__all__"


class Car(Vehicle):
    doors = models.IntegerField()

    class Meta:
        audit = Audit(condition=pgtrigger.Q(new__doors__gt=2) | pgtrigger.Q(old__doors__gt=2))


class Silent(models.Model):
    name = models.TextField()


class Proxy(Silent):
    """Its base has no audit: what it says counts for the table."""

    class Meta:
        proxy = True
        audit = "__all__"


class SameAgain(Vehicle):
    """Says what its base says, and leaves no second trigger."""

    class Meta:
        proxy = True
        audit = "__all__"


class GroupProxy(Group):
    """The operations belong into this app, not into Django's own."""

    class Meta:
        proxy = True
        audit = ["name"]


class Unmanaged(models.Model):
    name = models.TextField()
    # Migrations leave the relations of unmanaged models out of their state.
    vehicle = models.ForeignKey(Vehicle, models.CASCADE)
    tags = models.ManyToManyField(Tag)

    class Meta:
        managed = False


trigger_audit.register("awkward.Unmanaged", Audit(exclude=["tags"]), app_label="awkward")


ODD_VALUES = [
    ":table",
    ':"schema"',
    "%s",
    "100%",
    "{}",
    "it's",
    "back\\slash",
    "$$",
    "-- condition",
]


class Conditional(models.Model):
    """What its condition compares with reads like the variables and the quotes of templates."""

    name = models.TextField()

    class Meta:
        audit = Audit(condition=pgtrigger.Q(new__name__in=ODD_VALUES))
