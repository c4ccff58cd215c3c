"""squashmigrations ends in the same catalog as the long way."""

import pytest

from tests.migrations.project import Captured

TITLE = "title = models.TextField()"
PRICE = "price = models.IntegerField(default=0)"
TAGS = "tags = models.ManyToManyField(Tag)"


def models(*fields: str, audit: str = '"__all__"', name: str = "Book") -> str:
    body = "\n    ".join([*fields, "class Meta:", f"    audit = {audit}"])
    return f"class Tag(models.Model):\n    pass\n\n\nclass {name}(models.Model):\n    {body}\n"


def squash(project) -> list[str]:
    """Squash all the migrations of the shop; check where it ends; return the operations left."""
    names = list(project.migrations("shop"))
    expected = project.catalog()
    project.run(f"squashmigrations shop {names[-1]} --no-input -v0")
    assert len(project.migrations("shop")) == len(names) + 1
    for name in names:
        project.migration_path("shop", name).rename(project.folder / f"{name}.py")
    project.check_nothing_to_migrate()
    operations = project.operations("shop")
    for name in names:
        (project.folder / f"{name}.py").rename(project.migration_path("shop", name))
    project.run("migrate -v0 shop zero")
    project.run("migrate -v0")
    assert project.catalog() == expected
    project.run("migrate -v0 shop zero")
    assert project.catalog() == {"functions": [], "triggers": []}
    return operations


def test_two_alterations_are_one(project):
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    project.step({"shop_book": "title"}, shop=models(TITLE, audit='["title"]'))
    project.step({"shop_book": "id"}, shop=models(TITLE, audit='["id"]'))
    assert squash(project) == ["CreateModel", "CreateModel", "AddAudit"]


def test_alterations_of_one_migration_and_the_next(project):
    """Where something between keeps them from the beginning, they are one alteration."""
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    project.write_migration("shop", "0002_sql", "migrations.RunSQL('SELECT 1', ''),")
    project.step({"shop_book": "title"}, shop=models(TITLE, audit='["title"]'))
    project.step({"shop_book": "id"}, shop=models(TITLE, audit='["id"]'))
    assert squash(project) == ["CreateModel", "CreateModel", "AddAudit", "RunSQL", "AlterAudit"]


def test_add_and_remove_is_nothing(project):
    project.step({}, shop=models(TITLE, audit="None"))
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    project.step({"shop_book": "title"}, shop=models(TITLE, audit='["title"]'))
    project.step({}, shop=models(TITLE, audit="None"))
    assert squash(project) == ["CreateModel", "CreateModel"]


def test_remove_and_add_is_an_alteration(project):
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    project.write_migration("shop", "0002_sql", "migrations.RunSQL('SELECT 1', ''),")
    project.step({}, shop=models(TITLE, audit="None"))
    project.step({"shop_book": "title"}, shop=models(TITLE, audit='["title"]'))
    assert squash(project) == ["CreateModel", "CreateModel", "AddAudit", "RunSQL", "AlterAudit"]


def test_an_alteration_and_a_removal_is_a_removal(project):
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    project.write_migration("shop", "0002_sql", "migrations.RunSQL('SELECT 1', ''),")
    project.step({"shop_book": "title"}, shop=models(TITLE, audit='["title"]'))
    project.step({}, shop=models(TITLE, audit="None"))
    assert squash(project) == ["CreateModel", "CreateModel", "AddAudit", "RunSQL", "RemoveAudit"]


def test_add_and_remove_a_field(project):
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    project.step({"shop_book": "id title price"}, shop=models(TITLE, PRICE))
    project.step({"shop_book": "id price"}, shop=models(PRICE))
    squash(project)


def test_rename_a_field(project):
    project.step({"shop_book": "id price title"}, shop=models(TITLE, PRICE))
    renamed = models(TITLE.replace("title", "name"), PRICE)
    project.step({"shop_book": "id price name"}, answers="y\n", shop=renamed)
    project.step({"shop_book": "name"}, shop=renamed.replace('"__all__"', '["name"]'))
    squash(project)


def test_rename_a_field_by_hand(project):
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    project.write(shop=models(TITLE.replace("title", "name")))
    project.write_migration("shop", "0002_name", 'migrations.RenameField("book", "title", "name"),')
    project.migrate({"shop_book": "id name"})
    squash(project)


def test_change_a_column_by_hand(project):
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    moved = TITLE.replace("TextField(", 'TextField(db_column="name"')
    project.write(shop=models(moved))
    field = moved.partition(" = ")[2]
    project.write_migration(
        "shop", "0002_name", f'migrations.AlterField("book", "title", {field}),'
    )
    project.migrate({"shop_book": "id name"})
    squash(project)


def test_retype_a_field(project):
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    project.step({"shop_book": "id title"}, shop=models(TITLE.replace("Text", "JSON")))
    assert squash(project)[-2:] == ["CreateModel", "AddAudit"]


@pytest.mark.parametrize("by_hand", [False, True])
def test_rename_a_model_with_many_to_many(project, by_hand):
    links = {"shop_booklet_tags": "id booklet_id tag_id"}
    project.step({"shop_book": "id", "shop_book_tags": "id book_id tag_id"}, shop=models(TAGS))
    project.write(shop=models(TAGS, name="Booklet"))
    if by_hand:
        operation = 'migrations.RenameModel("Book", "Booklet"),'
        project.write_migration("shop", "0002_booklet", operation)
    else:
        project.run("makemigrations", answers="y\n")
    project.migrate({"shop_booklet": "id", **links})
    project.run("makemigrations", "migrate -v0")
    squash(project)


def test_rename_the_other_model_of_a_many_to_many(project):
    project.step({"shop_book": "id", "shop_book_tags": "id book_id tag_id"}, shop=models(TAGS))
    project.write(shop=models(TAGS).replace("Tag", "Key"))
    project.write_migration("shop", "0002_key", 'migrations.RenameModel("Tag", "Key"),')
    project.migrate({"shop_book": "id", "shop_book_tags": "id book_id key_id"})
    squash(project)


def test_many_to_many_and_redaction(project):
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    project.step(
        {"shop_book": "id title", "shop_book_tags": "id book_id tag_id"}, shop=models(TITLE, TAGS)
    )
    project.step(
        {
            "shop_book": Captured("id title", redact="title"),
            "shop_book_tags": "id book_id tag_id",
        },
        shop=models(TITLE, TAGS, audit='Audit(redact=["title"])'),
    )
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    squash(project)


def test_a_deleted_model(project):
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    project.step({"shop_book": "id title price"}, shop=models(TITLE, PRICE))
    project.step({}, shop="class Tag(models.Model):\n    pass\n")
    assert squash(project) == ["CreateModel"]


def test_a_changed_table(project):
    moved = '"__all__"\n        db_table = "books"'
    project.step({"shop_book": "id title"}, shop=models(TITLE))
    project.step({"books": "id title"}, shop=models(TITLE, audit=moved))
    project.step({"books": "id title price"}, shop=models(TITLE, PRICE, audit=moved))
    assert squash(project) == ["CreateModel", "CreateModel", "AddAudit"]
