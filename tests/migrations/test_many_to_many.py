"""Many-to-many fields of audited models: their tables are audited with them."""

import pytest

from tests.migrations.project import Captured


def models(*fields: str, audit: str = '"__all__"', name: str = "Book", tag: str = "Tag") -> str:
    body = "\n    ".join([*fields, "class Meta:", f"    audit = {audit}"])
    return f"class {tag}(models.Model):\n    pass\n\n\nclass {name}(models.Model):\n    {body}\n"


TAGS = "tags = models.ManyToManyField(Tag)"
LINKS = "id book_id tag_id"


def test_add_and_remove_a_many_to_many_field(project):
    project.step({"shop_book": "id"}, shop=models())
    project.step({"shop_book": "id", "shop_book_tags": LINKS}, shop=models(TAGS))
    assert project.operations("shop") == ["AddField", "AlterAudit"]
    project.step({"shop_book": "id"}, shop=models())
    project.walk()


def test_only_the_links_are_audited(project):
    project.step({"shop_book_tags": LINKS}, shop=models(TAGS, audit='["tags"]'))
    project.step({"shop_book": "id"}, shop=models(TAGS, audit='["id"]'))
    project.step({"shop_book": "id", "shop_book_tags": LINKS}, shop=models(TAGS))
    project.walk()


def test_rename_a_many_to_many_field(project):
    project.step({"shop_book": "id", "shop_book_tags": LINKS}, shop=models(TAGS))
    renamed = models(TAGS.replace("tags", "labels"))
    there = [project.renamed("table", "shop_book_labels", "shop_book_tags", "shop_book_labels")]
    back = [project.renamed("table", "shop_book_tags", "shop_book_labels", "shop_book_tags")]
    audited = {"shop_book": "id", "shop_book_labels": LINKS}
    assert project.step(audited, answers="y\n", shop=renamed) == there
    assert project.walk() == [back, there]


def test_rename_a_many_to_many_field_by_hand(project):
    project.step({"shop_book": "id", "shop_book_tags": LINKS}, shop=models(TAGS))
    project.write(shop=models(TAGS.replace("tags", "labels")))
    project.write_migration(
        "shop", "0002_labels", 'migrations.RenameField("book", "tags", "labels"),'
    )
    project.migrate({"shop_book": "id", "shop_book_labels": LINKS})
    project.check_nothing_to_migrate()
    project.walk()


def test_two_many_to_many_fields_to_the_same_model(project):
    """Their tables have the same columns; each keeps its own history."""
    fields = [
        'tags = models.ManyToManyField(Tag, related_name="+")',
        'topics = models.ManyToManyField(Tag, related_name="+")',
    ]
    audited = {"shop_book": "id", "shop_book_tags": LINKS, "shop_book_topics": LINKS}
    project.step(audited, shop=models(*fields))
    renamed = [field.replace("topics", "labels") for field in fields]
    audited = {"shop_book": "id", "shop_book_tags": LINKS, "shop_book_labels": LINKS}
    events = project.step(audited, answers="y\n", shop=models(*renamed))
    assert events == [
        project.renamed("table", "shop_book_labels", "shop_book_topics", "shop_book_labels")
    ]
    project.walk()


def test_rename_the_model(project):
    project.step({"shop_book": "id", "shop_book_tags": LINKS}, shop=models(TAGS))
    events = project.step(
        {"shop_novel": "id", "shop_novel_tags": "id novel_id tag_id"},
        answers="y\n",
        shop=models(TAGS, name="Novel"),
    )
    assert events == [
        project.renamed("table", "shop_novel", "shop_book", "shop_novel"),
        project.renamed("table", "shop_novel_tags", "shop_book_tags", "shop_novel_tags"),
        project.renamed("column", "shop_novel_tags", "book_id", "novel_id"),
    ]
    back, there = project.walk()
    assert there == events
    assert back == [
        project.renamed("table", "shop_book", "shop_novel", "shop_book"),
        project.renamed("table", "shop_book_tags", "shop_novel_tags", "shop_book_tags"),
        project.renamed("column", "shop_book_tags", "novel_id", "book_id"),
    ]


def test_rename_the_model_by_hand(project):
    project.step({"shop_book": "id", "shop_book_tags": LINKS}, shop=models(TAGS))
    project.write(shop=models(TAGS, name="Novel"))
    project.write_migration("shop", "0002_novel", 'migrations.RenameModel("Book", "Novel"),')
    project.migrate({"shop_novel": "id", "shop_novel_tags": "id novel_id tag_id"})
    project.run("makemigrations", "migrate -v0")
    project.settle({"shop_novel": "id", "shop_novel_tags": "id novel_id tag_id"})
    project.walk()


def test_rename_the_other_model(project):
    project.step({"shop_book": "id", "shop_book_tags": LINKS}, shop=models(TAGS))
    events = project.step(
        {"shop_book": "id", "shop_book_tags": "id book_id label_id"},
        answers="y\n",
        shop=models(TAGS.replace("(Tag", "(Label"), tag="Label"),
    )
    there = [project.renamed("column", "shop_book_tags", "tag_id", "label_id")]
    back = [project.renamed("column", "shop_book_tags", "label_id", "tag_id")]
    assert events == there
    assert project.walk() == [back, there]


def test_rename_a_model_that_links_to_itself(project):
    friends = 'friends = models.ManyToManyField("self")'
    links = "id from_book_id to_book_id"
    project.step({"shop_book": "id", "shop_book_friends": links}, shop=models(friends))
    project.step(
        {"shop_novel": "id", "shop_novel_friends": links.replace("book", "novel")},
        answers="y\n",
        shop=models(friends, name="Novel"),
    )
    project.walk()


def test_a_field_becomes_a_many_to_many(project):
    foreign_key = "tags = models.ForeignKey(Tag, models.CASCADE, null=True)"
    project.step({"shop_book": "id tags_id"}, shop=models(foreign_key))
    project.step({"shop_book": "id", "shop_book_tags": LINKS}, shop=models(TAGS))
    assert project.operations("shop") == ["AlterAudit", "RemoveField", "AddField", "AlterAudit"]
    project.step({"shop_book": "id tags_id"}, shop=models(foreign_key))
    project.walk()


def test_redact_the_links(project):
    project.step({"shop_book": "id", "shop_book_tags": LINKS}, shop=models(TAGS))
    redacted = Captured(LINKS, redact="tag_id")
    project.step(
        {"shop_book": "id", "shop_book_tags": redacted},
        shop=models(TAGS, audit='Audit(redact=["tags"])'),
    )
    project.walk()


def test_delete_the_model(project):
    project.step({"shop_book": "id", "shop_book_tags": LINKS}, shop=models(TAGS))
    project.step({}, shop=models().partition("\n\n\n")[0])
    project.walk()


def test_change_db_table_of_the_model(project):
    project.step({"shop_book": "id", "shop_book_tags": LINKS}, shop=models(TAGS))
    moved = models(TAGS, audit='"__all__"\n        db_table = "books"')
    events = project.step({"books": "id", "books_tags": LINKS}, shop=moved)
    assert events == [
        project.renamed("table", "books", "shop_book", "books"),
        project.renamed("table", "books_tags", "shop_book_tags", "books_tags"),
    ]
    project.walk()


def test_an_explicit_through_model(project):
    source = models('tags = models.ManyToManyField(Tag, through="Labelling")') + (
        "\n\nclass Labelling(models.Model):\n"
        "    book = models.ForeignKey(Book, models.CASCADE)\n"
        "    tag = models.ForeignKey(Tag, models.CASCADE)\n\n"
        "    class Meta:\n"
        '        audit = "__all__"\n'
    )
    project.step({"shop_book": "id"}, shop=models())
    project.step({"shop_book": "id", "shop_labelling": LINKS}, shop=source)
    project.walk()


EXPLICIT = """
    class Tag(models.Model):
        pass


    class Along(models.Model):
        book = models.ForeignKey("Book", models.CASCADE)
        tag = models.ForeignKey(Tag, models.CASCADE)

        class Meta:
            audit = "__all__"
            db_table = "shop_book_tags"


    class Book(models.Model):
        tags = models.ManyToManyField(Tag, through=Along)

        class Meta:
            audit = "__all__"
"""


@pytest.mark.parametrize("name", ["Along", "Zigzag"])
def test_the_links_get_a_model_of_their_own(project, name):
    """Whichever of the two models comes first, the one that has the table audits it."""
    audited = {"shop_book": "id", "shop_book_tags": LINKS}
    project.step(audited, shop=models(TAGS))
    project.write(shop=EXPLICIT.replace("Along", name))
    project.write_migration(
        "shop",
        "0002_links",
        f"""
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    "{name}",
                    [
                        ("id", models.BigAutoField(auto_created=True, primary_key=True,
                                                   serialize=False, verbose_name="ID")),
                        ("book", models.ForeignKey("shop.Book", models.CASCADE)),
                        ("tag", models.ForeignKey("shop.Tag", models.CASCADE)),
                    ],
                    options={{"db_table": "shop_book_tags"}},
                ),
                migrations.AlterField(
                    "Book", "tags", models.ManyToManyField("shop.Tag", through="shop.{name}")
                ),
            ]
        )
        """,
    )
    project.run("makemigrations")
    project.migrate(audited)
    project.walk()
