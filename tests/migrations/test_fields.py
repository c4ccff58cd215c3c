"""Fields of audited models come, change and go."""

import pytest

from tests.migrations.project import Captured


def book(*fields: str, audit: str = '"__all__"') -> str:
    body = "\n    ".join([*fields, "class Meta:", f"    audit = {audit}"])
    return f"class Book(models.Model):\n    {body}\n"


TITLE = "title = models.TextField()"
NAME = "name = models.TextField()"
PRICE = "price = models.DecimalField(max_digits=8, decimal_places=2, default=0)"


def test_add_and_remove_a_field(project):
    project.step({"shop_book": "id title"}, shop=book(TITLE))
    project.step({"shop_book": "id title price"}, shop=book(TITLE, PRICE))
    assert project.operations("shop") == ["AddField", "AlterAudit"]
    project.step({"shop_book": "id price"}, shop=book(PRICE))
    assert project.operations("shop") == ["AlterAudit", "RemoveField"]
    project.walk()


def test_add_and_remove_fields_at_once(project):
    fields = [f"field_{n} = models.TextField()" for n in range(3)]
    project.step({"shop_book": "id title price"}, shop=book(TITLE, PRICE))
    project.step(
        {"shop_book": "id field_0 field_1 field_2"},
        # Not to be taken for renames; defaults for the rows there are.
        answers="N\n" * 6 + "1\n''\n" * 3,
        shop=book(*fields),
    )
    project.step({"shop_book": "id title"}, answers="N\n" * 6 + "1\n''\n", shop=book(TITLE))
    project.walk()


def test_a_field_that_is_not_audited_goes_as_another_comes(project):
    """One operation of ours: nothing is to be let go of before the field is."""
    notes = "notes = models.TextField()"
    project.step({"shop_book": "id"}, shop=book(notes, audit='Audit(exclude=["notes"])'))
    project.step({"shop_book": "id price"}, answers="N\n", shop=book(PRICE))
    assert project.operations("shop") == ["RemoveField", "AddField", "AlterAudit"]
    project.walk()


def test_a_field_that_is_not_audited_leaves_the_audit_alone(project):
    project.step({"shop_book": "id title"}, shop=book(TITLE, audit='["id", "title"]'))
    project.step({"shop_book": "id title"}, shop=book(TITLE, PRICE, audit='["id", "title"]'))
    assert project.operations("shop") == ["AddField"]
    project.step({"shop_book": "id title"}, shop=book(TITLE, audit='["id", "title"]'))
    assert project.operations("shop") == ["RemoveField"]
    project.walk()


def test_the_order_of_fields_changes_nothing(project):
    project.step({"shop_book": "id title price"}, shop=book(TITLE, PRICE))
    project.write(shop=book(PRICE, TITLE))
    project.check_nothing_to_migrate()


def test_rename_a_field(project):
    project.step({"shop_book": "id title"}, shop=book(TITLE))
    there = [project.renamed("column", "shop_book", "title", "name")]
    back = [project.renamed("column", "shop_book", "name", "title")]
    assert project.step({"shop_book": "id name"}, answers="y\n", shop=book(NAME)) == there
    assert project.operations("shop") == ["RenameField", "AlterAudit"]
    assert project.walk() == [back, there]


def test_rename_a_field_that_is_not_audited(project):
    project.step({"shop_book": "id price"}, shop=book(TITLE, PRICE, audit='["id", "price"]'))
    events = project.step(
        {"shop_book": "id price"}, answers="y\n", shop=book(NAME, PRICE, audit='["id", "price"]')
    )
    assert events == []
    assert project.operations("shop") == ["RenameField"]
    assert project.walk() == [[], []]


def test_rename_a_redacted_field(project):
    source = book(TITLE, PRICE, audit='Audit(redact=["title"], images="changes")')
    project.step({"shop_book": Captured("id title price", "title", "changes")}, shop=source)
    project.step(
        {"shop_book": Captured("id name price", "name", "changes")},
        answers="y\n",
        shop=source.replace("title", "name"),
    )
    project.walk()


def test_rename_a_foreign_key(project):
    models = """
        class Publisher(models.Model):
            pass

        class Book(models.Model):
            publisher = models.ForeignKey(Publisher, models.CASCADE)

            class Meta:
                audit = "__all__"
    """
    project.step({"shop_book": "id publisher_id"}, shop=models)
    there = [project.renamed("column", "shop_book", "publisher_id", "house_id")]
    back = [project.renamed("column", "shop_book", "house_id", "publisher_id")]
    assert there == project.step(
        {"shop_book": "id house_id"}, answers="y\n", shop=models.replace("publisher =", "house =")
    )
    assert project.walk() == [back, there]


def test_rename_the_primary_key(project):
    key = "code = models.BigIntegerField(primary_key=True)"
    project.step({"shop_book": "code title"}, shop=book(key, TITLE))
    there = [project.renamed("column", "shop_book", "code", "isbn")]
    back = [project.renamed("column", "shop_book", "isbn", "code")]
    assert there == project.step(
        {"shop_book": "isbn title"}, answers="y\n", shop=book(key.replace("code", "isbn"), TITLE)
    )
    assert project.walk() == [back, there]


def test_swap_the_names_of_two_fields(project):
    project.step({"shop_book": "id name title"}, shop=book(TITLE, NAME))
    project.write_migration(
        "shop",
        "0002_swap",
        """
        migrations.RenameField("book", "title", "other"),
        migrations.RenameField("book", "name", "title"),
        migrations.RenameField("book", "other", "name"),
        """,
    )
    events = project.migrate({"shop_book": "id name title"})
    assert [(event["old"], event["new"]) for event in events] == [
        ({"column_name": "title"}, {"column_name": "other"}),
        ({"column_name": "name"}, {"column_name": "title"}),
        ({"column_name": "other"}, {"column_name": "name"}),
    ]
    # What comes after the swap has the columns in order again.
    project.run("makemigrations")
    assert project.operations("shop") == ["AlterAudit"]
    project.migrate({"shop_book": "id name title"})
    project.walk()


def test_keep_the_column_of_a_renamed_field(project):
    project.step({"shop_book": "id title"}, shop=book(TITLE))
    renamed = 'name = models.TextField(db_column="title")'
    assert project.step({"shop_book": "id title"}, answers="y\n", shop=book(renamed)) == []
    assert project.walk() == [[], []]


def test_change_a_column(project):
    project.step({"shop_book": "id title"}, shop=book(TITLE))
    there = [project.renamed("column", "shop_book", "title", "Book's title")]
    back = [project.renamed("column", "shop_book", "Book's title", "title")]
    source = book("""title = models.TextField(db_column="Book's title")""")
    assert project.step({"shop_book": ("id", "Book's title")}, shop=source) == there
    assert project.walk() == [back, there]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("IntegerField()", "TextField()"),
        ("IntegerField()", "FloatField()"),
        ("TextField()", "JSONField()"),
        ("IntegerField()", "DecimalField(max_digits=9, decimal_places=3)"),
        ("CharField(max_length=50)", 'CharField(max_length=50, db_collation="C")'),
    ],
)
def test_retype_a_field(project, old, new):
    project.step({"shop_book": "id detail"}, shop=book(f"detail = models.{old}"))
    project.step({"shop_book": "id detail"}, shop=book(f"detail = models.{new}"))
    project.walk()


def test_retype_a_field_whose_comparison_changes(project):
    """0 and -0 are equal, and yet differ."""
    audit = 'Audit(images="changes")'
    shape = {"shop_book": Captured("id price", images="changes")}
    project.step(shape, shop=book("price = models.IntegerField()", audit=audit))
    project.step(shape, shop=book("price = models.FloatField()", audit=audit))
    assert project.operations("shop") == ["AlterField", "AlterAudit"]
    project.walk()


def test_values_that_a_migration_fills_in_are_recorded(project):
    """Django writes the default over the nulls, before it forbids them."""
    nullable = "price = models.IntegerField(null=True)"
    project.step({"shop_book": "id price"}, shop=book(nullable))
    project.sql("INSERT INTO shop_book (id) VALUES (7000)")
    project.new_events()
    filled = project.migrated(
        "UPDATE", "shop_book", 7000, old={"id": 7000, "price": None}, new={"id": 7000, "price": 5}
    )
    required = book("price = models.IntegerField(default=5)")
    assert project.step({"shop_book": "id price"}, shop=required) == [filled]
    # Nothing makes it null again.
    assert project.walk() == [[], []]


def test_values_filled_in_after_a_rename_are_recorded_by_the_new_name(project):
    project.step({"shop_book": "id price"}, shop=book("price = models.IntegerField(null=True)"))
    project.sql("INSERT INTO shop_book (id) VALUES (7000)")
    project.new_events()
    project.write(shop=book("c = models.IntegerField(default=5)"))
    project.write_migration(
        "shop",
        "0002_c",
        """
        migrations.RenameField("book", "price", "c"),
        migrations.AlterField("book", "c", models.IntegerField(default=5)),
        """,
    )
    assert project.migrate({"shop_book": "id c"}) == [
        project.renamed("column", "shop_book", "price", "c"),
        project.migrated(
            "UPDATE", "shop_book", 7000, old={"id": 7000, "c": None}, new={"id": 7000, "c": 5}
        ),
    ]
    # Shorter names of columns come first.
    project.run("makemigrations")
    assert project.operations("shop") == ["AlterAudit"]
    project.migrate({"shop_book": "id c"})
    project.walk()


def test_a_column_renamed_and_filled_in_by_one_operation(project):
    project.step({"shop_book": "id price"}, shop=book("price = models.IntegerField(null=True)"))
    project.sql("INSERT INTO shop_book (id) VALUES (7000)")
    project.new_events()
    required = book('price = models.IntegerField(default=5, db_column="cost")')
    assert project.step({"shop_book": "id cost"}, shop=required) == [
        project.renamed("column", "shop_book", "price", "cost"),
        project.migrated(
            "UPDATE", "shop_book", 7000, old={"id": 7000, "cost": None}, new={"id": 7000, "cost": 5}
        ),
    ]
    project.walk()


@pytest.mark.parametrize(
    ("others", "columns", "is_altered"),
    [([], "id name", False), ([PRICE], "id price name", True)],
    ids=["which leaves the columns in order", "which does not"],
)
def test_rename_by_hand_without_our_operation(project, others, columns, is_altered):
    """What audits the table follows the column, as does what the migrations know of it."""
    shape = {"shop_book": columns}
    project.step({"shop_book": columns.replace("name", "title")}, shop=book(TITLE, *others))
    project.write(shop=book(NAME, *others))
    project.write_migration("shop", "0002_name", 'migrations.RenameField("book", "title", "name"),')
    there = [project.renamed("column", "shop_book", "title", "name")]
    back = [project.renamed("column", "shop_book", "name", "title")]
    assert project.migrate(shape) == there
    project.run("makemigrations")
    assert project.operations("shop") == ["AlterAudit" if is_altered else "RenameField"]
    assert project.migrate(shape) == []
    assert project.walk() == [[], back, there, []]


def test_nulls_filled_in_on_the_way_back_after_a_rename(project):
    """Reversed, the operation that forbids nulls comes between ours and the rename."""
    required = "price = models.IntegerField(default=5)"
    nullable = "cost = models.IntegerField(default=5, null=True)"
    project.step({"shop_book": "id price"}, shop=book(required))
    project.write(shop=book(nullable))
    project.write_migration(
        "shop",
        "0002_cost",
        """
        migrations.RenameField("book", "price", "cost"),
        migrations.AlterField("book", "cost", models.IntegerField(default=5, null=True)),
        """,
    )
    project.run("makemigrations")
    project.migrate({"shop_book": "id cost"})
    project.sql("INSERT INTO shop_book (id) VALUES (7000)")
    project.new_events()
    images = {"old": {"id": 7000, "cost": None}, "new": {"id": 7000, "cost": 5}}
    back = [
        project.migrated("UPDATE", "shop_book", 7000, **images),
        project.renamed("column", "shop_book", "cost", "price"),
    ]
    there = [project.renamed("column", "shop_book", "price", "cost")]
    assert project.walk() == [back, there]


def test_add_by_hand_without_our_operation(project):
    project.step({"shop_book": "id title"}, shop=book(TITLE))
    project.write(shop=book(TITLE, PRICE))
    project.write_migration(
        "shop",
        "0002_price",
        'migrations.AddField("book", "price", models.DecimalField('
        "max_digits=8, decimal_places=2, default=0)),",
    )
    project.migrate({"shop_book": "id title"})
    project.run("makemigrations")
    assert project.operations("shop") == ["AlterAudit"]
    project.migrate({"shop_book": "id title price"})
    project.walk()


def test_a_generated_field(project):
    shout = """shout = models.GeneratedField(
        expression=models.functions.Upper("title"), output_field=models.TextField(), db_persist=True
    )"""
    project.step({"shop_book": "id title"}, shop=book(TITLE))
    project.step({"shop_book": "id title shout"}, shop=book(TITLE, shout))
    project.step({"shop_book": "id title"}, shop=book(TITLE))
    project.walk()


def test_a_field_of_a_condition_is_removed(project):
    conditional = "Audit(condition=pgtrigger.Q(new__price__gt=0) | pgtrigger.Q(old__price__gt=0))"
    project.step({"shop_book": "id title price"}, shop=book(TITLE, PRICE, audit=conditional))
    project.step({"shop_book": "id title"}, shop=book(TITLE))
    project.step({"shop_book": "id title price"}, shop=book(TITLE, PRICE, audit=conditional))
    project.walk()


def test_a_field_of_a_condition_is_renamed(project):
    conditional = "Audit(condition=pgtrigger.Q(new__price__gt=0) | pgtrigger.Q(old__price__gt=0))"
    source = book(TITLE, PRICE, audit=conditional)
    project.step({"shop_book": "id title price"}, shop=source)
    project.step(
        {"shop_book": "id title cost"}, answers="y\n", shop=source.replace("price", "cost")
    )
    project.walk()
