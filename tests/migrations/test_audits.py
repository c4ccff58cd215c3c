"""Audits are added, changed and dropped."""

from tests.migrations.project import Captured

ALL = "id title price notes"


def book(audit: str) -> str:
    return f"""
    class Book(models.Model):
        title = models.TextField()
        price = models.IntegerField(null=True)
        notes = models.TextField()

        class Meta:
            {audit}
    """


def test_add_and_drop_an_audit(project):
    project.step({}, shop=book("pass"))
    project.step({"shop_book": ALL}, shop=book('audit = "__all__"'))
    assert project.operations("shop") == ["AddAudit"]
    project.step({}, shop=book("pass"))
    assert project.operations("shop") == ["RemoveAudit"]
    project.walk()


def test_a_plan_says_what_is_to_be_done_and_undone(project):
    project.step({"shop_book": ALL}, shop=book('audit = "__all__"'))
    project.write(shop=book("audit = ['title']"))
    project.run("makemigrations")
    plan = [line.strip() for line in project.run("migrate --plan").splitlines()]
    assert plan[-1] == "Alter audit of model book"
    project.migrate({"shop_book": "title"})
    plan = [line.strip() for line in project.run("migrate shop zero --plan").splitlines()]
    assert [line for line in plan if line.endswith("model book")] == [
        "Undo Alter audit of model book",
        "Undo Audit model book",
    ]


def test_a_dropped_audit_keeps_its_events(project):
    project.step({"shop_book": ALL}, shop=book('audit = "__all__"'))
    events = project.events()
    project.step({}, shop=book("audit = None"))
    assert project.events() == events
    assert [event["op"] for event in events] == ["INSERT", "UPDATE", "DELETE"]


def test_change_the_fields(project):
    project.step({"shop_book": "title"}, shop=book('audit = ["title"]'))
    project.step({"shop_book": "price title"}, shop=book('audit = ["title", "price"]'))
    assert project.operations("shop") == ["AlterAudit"]
    project.step({"shop_book": "id title"}, shop=book('audit = Audit(exclude=["notes", "price"])'))
    project.walk()


def test_the_order_of_the_fields_changes_nothing(project):
    project.step({"shop_book": "price title"}, shop=book('audit = ["title", "price"]'))
    project.write(shop=book('audit = Audit(("price", "title"))'))
    project.check_nothing_to_migrate()


def test_change_what_is_redacted(project):
    project.step({"shop_book": ALL}, shop=book('audit = "__all__"'))
    redacted = {"shop_book": Captured(ALL, redact="notes price")}
    project.step(redacted, shop=book('audit = Audit(redact=["notes", "price"])'))
    redacted = {"shop_book": Captured(ALL, redact="notes")}
    project.step(redacted, shop=book('audit = Audit(redact=["notes"])'))
    project.walk()


def test_change_the_images(project):
    project.step({"shop_book": ALL}, shop=book('audit = "__all__"'))
    changes = {"shop_book": Captured(ALL, images="changes")}
    project.step(changes, shop=book('audit = Audit(images="changes")'))
    project.step({"shop_book": ALL}, shop=book('audit = Audit(images="full")'))
    project.walk()


def test_change_the_level(project):
    project.step({"shop_book": ALL}, shop=book('audit = "__all__"'))
    project.step({"shop_book": ALL}, shop=book('audit = Audit(level="row")'))
    assert levels(project) == ["ROW", "ROW", "STATEMENT", "ROW"]
    project.step({"shop_book": ALL}, shop=book("audit = Audit()"))
    assert levels(project) == ["STATEMENT"] * 4
    project.walk()


def levels(project):
    """Of the triggers for DELETE, INSERT, TRUNCATE, UPDATE."""
    definitions = [trigger["definition"] for trigger in project.catalog()["triggers"]]
    return ["ROW" if "FOR EACH ROW" in text else "STATEMENT" for text in definitions]


def test_change_the_condition(project):
    """Recorded is what the condition of the moment lets through, there and back."""
    dear, free = (
        book(f"audit = Audit(['price'], condition=pgtrigger.Q(new__price__{comparison}))")
        for comparison in ("gt=100", "lte=0")
    )
    project.write(shop=dear)
    project.run("makemigrations")
    project.write(shop=free)
    project.run("makemigrations")
    assert project.operations("shop") == ["AlterAudit"]
    project.write(shop=book("audit = ['price']"))
    project.run("makemigrations", "migrate -v0")
    for target, recorded in [
        ("0003", [0, 50, 200]),
        ("0002", [0]),
        ("0001", [200]),
        ("0002", [0]),
        ("0003", [0, 50, 200]),
    ]:
        project.run(f"migrate -v0 shop {target}")
        project.sql(
            "INSERT INTO shop_book (title, price, notes)"
            " VALUES ('', 0, ''), ('', 50, ''), ('', 200, '')"
        )
        events = project.new_events()
        newest = project.sql("SELECT id, price FROM shop_book ORDER BY id DESC LIMIT 3")
        assert events == [
            project.event("INSERT", "shop_book", row["id"], new={"price": row["price"]})
            for row in reversed(newest)
            if row["price"] in recorded
        ]
    project.check_nothing_to_migrate()


def test_audits_of_several_models_are_an_operation_each(project):
    models = book('audit = "__all__"') + book('audit = "__all__"').replace("Book", "Magazine")
    project.step({"shop_book": ALL, "shop_magazine": ALL}, shop=models)
    assert project.operations("shop") == ["CreateModel", "CreateModel", "AddAudit", "AddAudit"]
    without = models.replace('audit = "__all__"', "pass")
    project.step({}, shop=without)
    assert project.operations("shop") == ["RemoveAudit", "RemoveAudit"]
    project.walk()


def test_a_change_of_one_field_is_a_small_difference(project):
    project.step({"shop_book": "id title price"}, shop=book('audit = ["id", "title", "price"]'))
    project.step({"shop_book": ALL}, shop=book('audit = "__all__"'))
    before, after = (text.splitlines() for text in project.migrations("shop").values())
    new_lines = {line.strip() for line in set(after) - set(before) if "notes" in line}
    assert new_lines == {'OLD."notes" AS "notes",', 'NEW."notes" AS "notes",'}
    changed = [line for line in after if line not in before and "notes" not in line]
    assert [line for line in changed if line.startswith(" " * 16)] == []


def test_a_changed_template_shows_as_a_new_migration(project):
    """What an earlier version froze stays until makemigrations replaces it, and is restored."""
    project.write(shop=book('audit = "__all__"'))
    project.run("makemigrations")
    path = project.migration_path("shop", "0001_initial")
    earlier = path.read_text().replace("RETURN NULL;", "RETURN NULL; -- earlier version")
    path.write_text(earlier)
    project.migrate({"shop_book": ALL})
    assert "earlier version" in source(project)
    project.run("makemigrations")
    assert project.operations("shop") == ["AlterAudit"]
    project.migrate({"shop_book": ALL})
    assert "earlier version" not in source(project)
    project.walk()
    project.go(project.states[0])
    assert "earlier version" in source(project)


def source(project):
    return project.catalog()["functions"][0]["source"]


def test_migrations_do_not_need_the_templates_they_were_made_of(project):
    project.write(shop=book('audit = "__all__"'))
    project.run("makemigrations")
    project.write(shop=book('audit = ["title"]'))
    project.run("makemigrations")
    (project.folder / "shop" / "__init__.py").write_text(WITHOUT_TEMPLATES)
    project.run("migrate -v0", "migrate -v0 shop 0001")
    project.settle({"shop_book": ALL})
    project.run("migrate -v0")
    project.settle({"shop_book": "title"})
    project.go_to_zero()


WITHOUT_TEMPLATES = """
from trigger_audit import templates


def read(name, read=templates.read):
    assert name != "capture" and not name.startswith("columns/"), name
    return read(name)


templates.read = read
"""


def test_migrate_zero_leaves_no_function(project):
    project.step({"shop_book": ALL}, shop=book('audit = "__all__"'))
    project.go_to_zero()
    assert project.sql("SELECT to_regclass('shop_book') AS oid") == [{"oid": None}]
    project.run("migrate -v0 trigger_audit zero")
    left = project.sql(r"SELECT proname FROM pg_proc WHERE proname LIKE 'trigger\_audit\_%'")
    tables = project.sql(r"SELECT relname FROM pg_class WHERE relname LIKE 'trigger\_audit\_%'")
    assert (left, tables) == ([], [])
