"""Audited models and their tables are renamed, replaced and deleted."""

BOOK = """
    class Book(models.Model):
        title = models.TextField()

        class Meta:
            audit = "__all__"
"""
PLAIN_BOOK = BOOK.replace('audit = "__all__"', "pass")


def test_rename_a_model(project):
    project.step({"shop_book": "id title"}, shop=BOOK)
    there = [project.renamed("table", "shop_novel", "shop_book", "shop_novel")]
    back = [project.renamed("table", "shop_book", "shop_novel", "shop_book")]
    renamed = BOOK.replace("Book", "Novel")
    assert project.step({"shop_novel": "id title"}, answers="y\n", shop=renamed) == there
    assert project.operations("shop") == ["RenameModel"]
    assert project.walk() == [back, there]


def test_rename_a_model_and_change_its_fields(project):
    project.step({"shop_book": "id title"}, shop=BOOK)
    project.step({"shop_novel": "id title"}, answers="y\n", shop=BOOK.replace("Book", "Novel"))
    longer = BOOK.replace("Book", "Novel").replace(
        "class Meta", 'plot = models.TextField(default="")\n\n        class Meta'
    )
    project.step({"shop_novel": "id title plot"}, shop=longer)
    project.step({"shop_novel": "id title"}, shop=BOOK.replace("Book", "Novel"))
    project.walk()


def test_rename_a_model_that_others_refer_to(project):
    models = """
        class Publisher(models.Model):
            class Meta:
                audit = "__all__"


        class Book(models.Model):
            publisher = models.ForeignKey(Publisher, models.CASCADE)

            class Meta:
                audit = "__all__"
    """
    project.step({"shop_publisher": "id", "shop_book": "id publisher_id"}, shop=models)
    events = project.step(
        {"shop_house": "id", "shop_book": "id publisher_id"},
        answers="y\n",
        shop=models.replace("Publisher", "House"),
    )
    assert events == [project.renamed("table", "shop_house", "shop_publisher", "shop_house")]
    project.walk()


def test_change_db_table(project):
    project.step({"shop_book": "id title"}, shop=BOOK)
    moved = BOOK.replace("audit", 'db_table = "Books: new"\n            audit')
    there = [project.renamed("table", "Books: new", "shop_book", "Books: new")]
    back = [project.renamed("table", "shop_book", "Books: new", "shop_book")]
    assert project.step({"Books: new": "id title"}, shop=moved) == there
    assert project.operations("shop") == ["AlterModelTable"]
    assert project.walk() == [back, there]


def test_change_db_table_of_a_name_that_is_too_long_for_its_function(project):
    long_name = "b" * 60
    project.step({"shop_book": "id title"}, shop=BOOK)
    project.step(
        {long_name: "id title"},
        shop=BOOK.replace("audit", f'db_table = "{long_name}"\n            audit'),
    )
    project.walk()


def test_names_that_postgresql_cuts(project):
    """Its limit is in bytes, and Django does not count those."""
    table, column = "é" * 40, "ü" * 32
    project.step(
        {table[:31]: f"id {column[:31]}"},
        shop=BOOK.replace("audit", f'db_table = "{table}"\n            audit').replace(
            "TextField(", f'TextField(db_column="{column}"'
        ),
    )
    project.step({"shop_book": "id title"}, shop=BOOK)
    project.walk()


def test_a_new_model_takes_the_name_of_a_renamed_one(project):
    project.step({"shop_book": "id title"}, shop=BOOK)
    project.step({"shop_novel": "id title"}, answers="y\n", shop=BOOK.replace("Book", "Novel"))
    both = BOOK.replace("Book", "Novel") + BOOK.replace("title", "isbn")
    project.step({"shop_novel": "id title", "shop_book": "id isbn"}, shop=both)
    project.walk()


def test_a_new_model_takes_the_name_of_a_renamed_one_in_the_same_migration(project):
    project.step({"shop_book": "id title"}, shop=BOOK)
    project.write(shop=BOOK.replace("Book", "Novel") + BOOK.replace("title", "isbn"))
    project.write_migration(
        "shop",
        "0002_novel",
        """
        migrations.RenameModel("Book", "Novel"),
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True, auto_created=True, serialize=False,
             verbose_name="ID")),
            ("isbn", models.TextField()),
        ]),
        """,
    )
    project.run("makemigrations")
    assert project.operations("shop") == ["AddAudit"]
    project.migrate({"shop_novel": "id title", "shop_book": "id isbn"})
    project.walk()


def test_two_tables_swap_their_names(project):
    def models(first, second):
        return f"""
            class First(models.Model):
                title = models.TextField()

                class Meta:
                    db_table = "{first}"
                    audit = "__all__"


            class Second(models.Model):
                price = models.IntegerField()

                class Meta:
                    db_table = "{second}"
                    audit = "__all__"
        """

    project.step({"one": "id title", "two": "id price"}, shop=models("one", "two"))
    project.write(shop=models("two", "one"))
    project.write_migration(
        "shop",
        "0002_swap",
        """
        migrations.AlterModelTable("first", "three"),
        migrations.AlterModelTable("second", "one"),
        migrations.AlterModelTable("first", "two"),
        """,
    )
    assert project.migrate({"two": "id title", "one": "id price"}) == [
        project.renamed("table", "three", "one", "three"),
        project.renamed("table", "one", "two", "one"),
        project.renamed("table", "two", "three", "two"),
    ]
    project.walk()


def test_delete_a_model(project):
    project.step({"shop_book": "id title"}, shop=BOOK)
    project.step({}, shop="")
    assert project.operations("shop") == ["DeleteModel"]
    assert project.walk() == [[], []]
    assert {event["table_name"] for event in project.events()} == {"shop_book"}


def test_delete_a_model_and_make_it_again(project):
    project.step({"shop_book": "id title"}, shop=BOOK)
    project.step({}, shop="")
    project.step({"shop_book": "id isbn"}, shop=BOOK.replace("title", "isbn"))
    project.walk()


def test_delete_a_model_whose_fields_are_removed_first(project):
    """Django removes foreign keys one by one, before it deletes models that refer to each other."""
    models = """
        class Publisher(models.Model):
            best = models.ForeignKey("Book", models.CASCADE, null=True, related_name="+")

            class Meta:
                audit = "__all__"


        class Book(models.Model):
            publisher = models.ForeignKey(Publisher, models.CASCADE)

            class Meta:
                audit = "__all__"
    """
    project.step({"shop_publisher": "id best_id", "shop_book": "id publisher_id"}, shop=models)
    project.step({}, shop="")
    project.walk()


def test_a_model_made_after_its_audit_was_declared(project):
    """Declared and made by different runs of makemigrations."""
    project.step({}, shop=PLAIN_BOOK)
    project.step({"shop_book": "id title"}, shop=BOOK)
    assert project.operations("shop") == ["AddAudit"]
    other = BOOK + BOOK.replace("Book", "Magazine")
    project.step({"shop_book": "id title", "shop_magazine": "id title"}, shop=other)
    assert project.operations("shop") == ["CreateModel", "AddAudit"]
    project.walk()


def test_inherited_tables(project):
    models = """
        class Item(models.Model):
            name = models.TextField()

            class Meta:
                audit = "__all__"


        class Book(Item):
            title = models.TextField()

            class Meta:
                audit = "__all__"
    """
    project.step({"shop_item": "id name", "shop_book": "item_ptr_id title"}, shop=models)
    project.step({"shop_item": "id name"}, shop=models.partition("\n\n\n")[0])
    project.step({"shop_item": "id name", "shop_book": "item_ptr_id title"}, shop=models)
    project.walk()


def test_an_abstract_base(project):
    def models(field):
        return f"""
            class Item(models.Model):
                {field} = models.TextField(default="")

                class Meta:
                    abstract = True
                    audit = "__all__"


            class Book(Item):
                pass


            class Magazine(Item):
                pass
        """

    project.step({"shop_book": "id name", "shop_magazine": "id name"}, shop=models("name"))
    project.step(
        {"shop_book": "id title", "shop_magazine": "id title"},
        answers="y\ny\n",
        shop=models("title"),
    )
    project.walk()


def test_a_proxy(project):
    models = """
        class Book(models.Model):
            title = models.TextField()


        class Novel(Book):
            class Meta:
                proxy = True
                audit = "__all__"
    """
    project.step({}, shop=models.replace('audit = "__all__"', ""))
    project.step({"shop_book": "id title"}, shop=models)
    project.step({}, shop=models.replace('audit = "__all__"', ""))
    project.walk()


def test_an_unmanaged_table(project):
    """Whoever made it: the triggers come and go with the migrations, and the table stays."""
    project.sql("CREATE TABLE legacy (id bigint PRIMARY KEY, title text)")
    models = """
        class Legacy(models.Model):
            id = models.BigIntegerField(primary_key=True)
            title = models.TextField()

            class Meta:
                db_table = "legacy"
                managed = False
                audit = ["id"]
    """
    project.step({"legacy": "id"}, shop=models)
    project.step({"legacy": "id title"}, shop=models.replace('["id"]', '"__all__"'))
    project.walk()
    assert project.sql("SELECT count(*) FROM legacy") == [{"count": 0}]
