"""Migrations that write data, are not atomic, or are only said to be applied."""

import textwrap

BOOK = """
    class Book(models.Model):
        title = models.TextField()

        class Meta:
            audit = "__all__"
"""
LONGER = BOOK.replace("class Meta", "price = models.IntegerField(default=0)\n\n        class Meta")
FUNCTIONS = """
    def fill(apps, schema_editor):
        Book = apps.get_model("shop", "Book")
        Book.objects.update(price=7)
        Book.objects.create(id=8000, title="New", price=8)


    def empty(apps, schema_editor):
        Book = apps.get_model("shop", "Book")
        Book.objects.filter(id=8000).delete()
        Book.objects.update(price=0)
"""
ROW = {"id": 7000, "title": "Dune"}


def with_row(project):
    project.step({"shop_book": "id title"}, shop=BOOK)
    project.sql("INSERT INTO shop_book (id, title) VALUES (7000, 'Dune')")
    project.new_events()


def filled(project):
    old, new = {**ROW, "price": 0}, {**ROW, "price": 7}
    other = {"id": 8000, "title": "New", "price": 8}
    there = [
        project.migrated("UPDATE", "shop_book", 7000, old=old, new=new),
        project.migrated("INSERT", "shop_book", 8000, new=other),
    ]
    back = [
        project.migrated("DELETE", "shop_book", 8000, old=other),
        project.migrated("UPDATE", "shop_book", 7000, old=new, new=old),
    ]
    return there, back


def test_a_data_migration_between_two_schema_changes(project):
    with_row(project)
    project.step({"shop_book": "id title price"}, shop=LONGER)
    operation = "migrations.RunPython(fill, empty),"
    project.write_migration("shop", "0003_fill", operation, header=FUNCTIONS)
    there, back = filled(project)
    assert project.migrate({"shop_book": "id title price"}) == there
    renamed = project.step(
        {"shop_book": "id title cost"}, answers="y\n", shop=LONGER.replace("price", "cost")
    )
    assert renamed == [project.renamed("column", "shop_book", "price", "cost")]
    events = project.walk()
    assert events[1:5] == [back, [], [], there]


def test_data_and_schema_in_the_same_migration(project):
    with_row(project)
    project.write(shop=LONGER)
    project.run("makemigrations")
    path = next((project.folder / "shop" / "migrations").glob("0002*"))
    text = path.read_text()
    assert text.endswith("\n    ]\n")
    text = text.removesuffix("    ]\n") + (
        "        migrations.RunPython(fill, empty),\n"
        "        migrations.RenameField('book', 'title', 'name'),\n    ]\n"
    )
    project.write(shop=LONGER.replace("title", "name"))
    functions = textwrap.dedent(FUNCTIONS)
    path.write_text(text.replace("\n\nclass Migration", f"{functions}\n\nclass Migration"))
    there, back = filled(project)
    there.append(project.renamed("column", "shop_book", "title", "name"))
    back.insert(0, project.renamed("column", "shop_book", "name", "title"))
    assert project.migrate({"shop_book": "id name price"}) == there
    project.run("makemigrations", "migrate -v0")
    assert project.settle({"shop_book": "id name price"}) == []
    project.run("migrate -v0 shop 0002")
    assert project.new_events() == []
    project.run("migrate -v0 shop 0001")
    assert project.new_events() == back
    project.run("migrate -v0")
    assert project.new_events() == there
    project.check_nothing_to_migrate()


def test_a_migration_that_is_not_atomic(project):
    with_row(project)
    project.write(shop=LONGER)
    project.run("makemigrations")
    path = next((project.folder / "shop" / "migrations").glob("0002*"))
    text = path.read_text()
    path.write_text(text.replace("dependencies = [", "atomic = False\n\n    dependencies = [", 1))
    project.migrate({"shop_book": "id title price"})
    project.walk()


def test_a_migration_that_fails_leaves_all_as_it_was(project):
    with_row(project)
    before = project.catalog()
    project.write(shop=LONGER)
    project.run("makemigrations")
    path = next((project.folder / "shop" / "migrations").glob("0002*"))
    text = path.read_text().removesuffix("    ]\n")
    path.write_text(f"{text}        migrations.RunSQL('SELECT 1 / 0'),\n    ]\n")
    assert "division by zero" in project.run("migrate -v0", code=1)
    assert project.catalog() == before
    assert project.new_events() == []
    project.check(project.states[0])


def test_fake_migrations_install_nothing(project):
    project.write(shop=BOOK)
    project.run("makemigrations", "migrate -v0 trigger_audit", "migrate -v0 --fake shop")
    assert project.catalog() == {"functions": [], "triggers": []}
    project.run("migrate -v0 --fake shop zero", "migrate -v0")
    project.settle({"shop_book": "id title"})
    project.run("migrate -v0 --fake shop zero")
    assert project.catalog() == project.states[0].catalog


def test_triggers_may_be_there_already(project):
    """As after a migration that was faked back."""
    project.step({}, shop=BOOK.replace('audit = "__all__"', "pass"))
    project.step({"shop_book": "id title"}, shop=BOOK)
    project.run("migrate -v0 --fake shop 0001", "migrate -v0")
    project.settle({"shop_book": "id title"})
    assert project.catalog() == project.states[1].catalog


def test_dropped_by_hand(project):
    """What is missing is no obstacle to removing it."""
    project.step({}, shop=BOOK.replace('audit = "__all__"', "pass"))
    project.step({"shop_book": "id title"}, shop=BOOK)
    project.sql("DROP FUNCTION trigger_audit_capture_shop_book CASCADE")
    project.go(project.states[0])
    project.go(project.states[1])
