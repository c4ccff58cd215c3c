"""Audits whose operations live in another app than the model's."""

BOOK = """
    class Book(models.Model):
        title = models.TextField()
"""
REGISTER = """
    trigger_audit.register("vendor.Book", {}, app_label="shop")
"""


def test_register_a_model_of_another_app(project):
    project.write(vendor=BOOK)
    project.run("makemigrations vendor", "migrate -v0")
    theirs = project.migrations("vendor")
    project.settle({})
    project.step({"vendor_book": "id title"}, shop=REGISTER.format('"__all__"'))
    assert project.operations("shop") == ["AddAudit"]
    assert "('vendor', '0001_initial')" in project.migrations("shop")["0001_initial"]
    project.step({"vendor_book": "title"}, shop=REGISTER.format('["title"]'))
    project.step({}, shop="")
    assert project.operations("shop") == ["RemoveAudit"]
    assert project.migrations("vendor") == theirs
    project.walk()


def test_both_apps_are_new(project):
    project.step({"vendor_book": "id title"}, vendor=BOOK, shop=REGISTER.format('"__all__"'))
    assert project.operations("vendor") == ["CreateModel"]
    project.walk()


def test_the_other_app_comes_with_a_new_version(project):
    project.step({"vendor_book": "id title"}, vendor=BOOK, shop=REGISTER.format('"__all__"'))
    longer = BOOK + "        price = models.IntegerField(default=0)\n"
    project.write(vendor=longer)
    project.write_migration(
        "vendor",
        "0002_price",
        'migrations.AddField("book", "price", models.IntegerField(default=0)),',
    )
    project.migrate({"vendor_book": "id title"})
    project.run("makemigrations", "migrate -v0")
    assert project.operations("shop") == ["AlterAudit"]
    assert "('vendor', '0002_price')" in list(project.migrations("shop").values())[-1]
    project.settle({"vendor_book": "id title price"})
    project.walk()


def test_the_other_app_renames(project):
    project.step({"vendor_book": "id title"}, vendor=BOOK, shop=REGISTER.format('"__all__"'))
    project.step(
        {"vendor_novel": "id name"},
        answers="y\ny\n",
        vendor=BOOK.replace("Book", "Novel").replace("title", "name"),
        shop=REGISTER.format('"__all__"').replace("Book", "Novel"),
    )
    project.walk()


def test_a_release_of_the_other_app_renames_the_model(project):
    """Its migration knows nothing of ours, and so comes before what audits the old name."""
    register = REGISTER.format('"__all__"').replace("shop", "zoo")
    project.step({"vendor_book": "id title"}, vendor=BOOK, zoo=register)
    project.write(vendor=BOOK.replace("Book", "Novel"), zoo=register.replace("Book", "Novel"))
    operation = 'migrations.RenameModel("Book", "Novel"),'
    project.write_migration("vendor", "0002_novel", operation)
    project.run("makemigrations", "migrate -v0")
    project.settle({"vendor_novel": "id title"})
    project.check_nothing_to_migrate()
    project.go_to_zero()
    project.run("migrate -v0")
    project.new_events()
    project.check(project.states[-1])
    project.check_nothing_to_migrate()


def test_a_release_of_the_other_app_deletes_the_model(project):
    """The app that audits it comes later, by its name, where nothing else decides."""
    register = REGISTER.format('"__all__"').replace("shop", "zoo")
    both = BOOK + BOOK.replace("Book", "Magazine")
    project.step({"vendor_book": "id title"}, vendor=both, zoo=register)
    project.write(vendor=BOOK.replace("Book", "Magazine"), zoo="")
    project.write_migration("vendor", "0002_delete", 'migrations.DeleteModel("Book"),')
    project.migrate({})
    project.go_to_zero()
    project.run("migrate -v0")
    project.check(project.states[-1])
    project.check_nothing_to_migrate()


def test_the_other_app_removes_a_field(project):
    longer = BOOK + "        price = models.IntegerField(default=0)\n"
    project.step(
        {"vendor_book": "id title price"}, vendor=longer, shop=REGISTER.format('"__all__"')
    )
    project.step({"vendor_book": "id title"}, vendor=BOOK)
    assert project.operations("vendor") == ["RemoveField"]
    assert project.operations("shop") == ["AlterAudit"]
    project.walk()


def test_the_other_app_deletes_the_model(project):
    both = BOOK + BOOK.replace("Book", "Magazine")
    project.step({"vendor_book": "id title"}, vendor=both, shop=REGISTER.format('"__all__"'))
    project.step({}, vendor=BOOK.replace("Book", "Magazine"), shop="")
    assert project.operations("vendor") == ["DeleteModel"]
    project.walk()


def test_makemigrations_for_one_app(project):
    project.write(vendor=BOOK, shop=REGISTER.format('"__all__"'))
    project.run("makemigrations vendor")
    assert project.migrations("shop") == {}
    project.run("makemigrations shop", "migrate -v0")
    project.settle({"vendor_book": "id title"})
    project.walk()


def test_an_app_that_is_registered_refers_to_the_one_that_registers(project):
    library = """
        class Customer(models.Model):
            name = models.TextField()

            class Meta:
                audit = "__all__"


        trigger_audit.register("shop.Order", app_label="library")
    """
    shop = """
        class Order(models.Model):
            customer = models.ForeignKey("library.Customer", models.CASCADE)
    """
    audited = {"library_customer": "id name", "shop_order": "id customer_id"}
    project.step(audited, library=library, shop=shop)
    longer = shop + "        amount = models.IntegerField(default=0)\n"
    project.step({**audited, "shop_order": "id customer_id amount"}, shop=longer)
    project.walk()


def test_apps_that_refer_to_each_other(project):
    """Django splits their migrations; ours come after all the tables are there."""
    library = """
        class Book(models.Model):
            first_order = models.ForeignKey(
                "shop.Order", models.CASCADE, null=True, related_name="+"
            )
            tags = models.ManyToManyField("shop.Tag")

            class Meta:
                audit = "__all__"


        trigger_audit.register("shop.Order", app_label="library")
    """
    shop = """
        class Tag(models.Model):
            pass


        class Order(models.Model):
            book = models.ForeignKey("library.Book", models.CASCADE)


        trigger_audit.register("shop.Tag", app_label="library")
    """
    project.step(
        {
            "library_book": "id first_order_id",
            "library_book_tags": "id book_id tag_id",
            "shop_order": "id book_id",
            "shop_tag": "id",
        },
        library=library,
        shop=shop,
    )
    assert "AddAudit" not in "".join(project.migrations("shop").values())
    project.walk()


def test_apps_that_register_each_others_models(project):
    def app(name, other):
        return f"""
            class {name}(models.Model):
                pass


            trigger_audit.register("{other.lower()}.{other}", app_label="{name.lower()}")
        """

    project.step(
        {"library_library": "id", "shop_shop": "id"},
        library=app("Library", "Shop"),
        shop=app("Shop", "Library"),
    )
    assert "shop.Shop" in list(project.migrations("library").values())[-1]
    assert "library.Library" in list(project.migrations("shop").values())[-1]
    project.step(
        {"library_library": "id name", "shop_shop": "id name"},
        library=app("Library", "Shop").replace("pass", 'name = models.TextField(default="")'),
        shop=app("Shop", "Library").replace("pass", 'name = models.TextField(default="")'),
    )
    project.walk()


def test_a_proxy_in_another_app(project):
    proxy = """
        from vendor.models import Book


        class Novel(Book):
            class Meta:
                proxy = True
                audit = "__all__"
    """
    project.step({"vendor_book": "id title"}, vendor=BOOK, shop=proxy)
    assert project.operations("vendor") == ["CreateModel"]
    assert project.operations("shop") == ["AddAudit"]
    longer = BOOK + "        price = models.IntegerField(default=0)\n"
    project.step({"vendor_book": "id title price"}, vendor=longer)
    project.step({}, shop=proxy.replace('audit = "__all__"', ""))
    project.walk()


def test_a_many_to_many_field_of_another_app(project):
    models = BOOK + '        tags = models.ManyToManyField("self")\n'
    links = "id from_book_id to_book_id"
    project.step({"vendor_book": "id title"}, vendor=BOOK, shop=REGISTER.format('"__all__"'))
    project.step({"vendor_book": "id title", "vendor_book_tags": links}, vendor=models)
    project.step({"vendor_book": "id title"}, vendor=BOOK)
    project.walk()


def test_the_declaration_moves_into_the_app(project):
    """The operations stay where they are: what is installed does not change."""
    project.step({"vendor_book": "id title"}, vendor=BOOK, shop=REGISTER.format('"__all__"'))
    own = BOOK + '\n        class Meta:\n            audit = "__all__"\n'
    project.write(vendor=own, shop="")
    project.check_nothing_to_migrate()
    project.step({"vendor_book": "title"}, vendor=own.replace('"__all__"', '["title"]'))
    assert project.operations("shop") == ["AlterAudit"]
    project.walk()


def test_a_release_of_the_other_app_removes_a_field(project):
    """Until makemigrations catches up, the field is recorded as null and no write fails."""
    longer = BOOK + "        price = models.IntegerField(default=0)\n"
    project.step(
        {"vendor_book": "id price title"}, vendor=longer, shop=REGISTER.format('"__all__"')
    )
    project.write(vendor=BOOK)
    project.write_migration("vendor", "0002_no_price", 'migrations.RemoveField("book", "price"),')
    project.run("migrate -v0")
    project.sql("INSERT INTO vendor_book (id, title) VALUES (90, 'Emma')")
    project.sql("UPDATE vendor_book SET title = 'Dune' WHERE id = 90")
    project.sql("DELETE FROM vendor_book WHERE id = 90")
    emma, dune = ({"id": 90, "price": None, "title": title} for title in ("Emma", "Dune"))
    assert [(event["op"], event["old"], event["new"]) for event in project.new_events()] == [
        ("INSERT", None, emma),
        ("UPDATE", emma, dune),
        ("DELETE", dune, None),
    ]
    project.run("makemigrations", "migrate -v0")
    assert project.operations("shop") == ["AlterAudit"]
    project.settle({"vendor_book": "id title"})
    project.walk()


def test_a_release_of_the_other_app_removes_a_field_before_all_else(project):
    """In a new database its migrations may all come first."""
    longer = BOOK + "        price = models.IntegerField(default=0)\n"
    project.write(vendor=longer, shop=REGISTER.format('"__all__"'))
    project.run("makemigrations")
    project.write(vendor=BOOK)
    project.write_migration("vendor", "0002_no_price", 'migrations.RemoveField("book", "price"),')
    project.write_migration(
        "shop",
        "0002_emma",
        "migrations.RunSQL(\"INSERT INTO vendor_book (id, title) VALUES (-1, 'Emma')\"),",
    )
    project.run("migrate -v0 vendor", "migrate -v0")
    emma = {"id": -1, "price": None, "title": "Emma"}
    assert project.new_events() == [project.migrated("INSERT", "vendor_book", -1, new=emma)]
    project.run("makemigrations", "migrate -v0")
    project.settle({"vendor_book": "id title"})


def test_a_field_is_removed_by_hand_and_comes_back(project):
    longer = BOOK + "        price = models.IntegerField(default=0)\n"
    register = REGISTER.format('"__all__"')
    project.step({"vendor_book": "id price title"}, vendor=longer, shop=register)
    project.write_migration("vendor", "0002_no_price", 'migrations.RemoveField("book", "price"),')
    project.run("migrate -v0", "migrate -v0 vendor 0001")
    project.new_events()
    project.check(project.states[-1])


def test_a_model_of_an_app_without_migrations(project):
    project.write(
        shop="""
            class Order(models.Model):
                number = models.TextField()
        """,
        library="""
            class Pen(models.Model):
                pass


            trigger_audit.register("shop.Order", app_label="library")
        """,
    )
    project.configure(MIGRATION_MODULES={"shop": None})
    project.run("makemigrations", "migrate -v0 --run-syncdb")
    assert project.operations("library") == ["CreateModel"]
    project.settle({"shop_order": "id number"})
    project.check_nothing_to_migrate()


OWN_BOOK = """
    class Book(models.Model):
        title = models.TextField()

        class Meta:
            audit = "__all__"
"""
PEN = """
    class Pen(models.Model):
        pass
"""
MADE_ELSEWHERE = """
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.CreateModel(
                "Book",
                [
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("title", models.TextField()),
                ],
                options={"db_table": "shop_book"},
            ),
        ]
    )
"""
LEFT_ELSEWHERE = """
    migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Book")])
"""


def test_a_table_moves_to_another_app(project):
    audited = {"shop_book": "id title"}
    moved = OWN_BOOK.replace("audit", 'db_table = "shop_book"\n            audit').replace(
        "title", "id = models.BigAutoField(primary_key=True)\n        title", 1
    )
    project.step(audited, shop=OWN_BOOK + PEN, library=PEN)
    project.write(shop=PEN, library=PEN + moved)
    shop = project.leaves()["shop"]
    project.write_migration("library", "0002_book", MADE_ELSEWHERE, dependencies=[("shop", shop)])
    project.write_migration(
        "shop", "0002_book", LEFT_ELSEWHERE, dependencies=[("library", "0002_book")]
    )
    project.step(audited)
    assert project.operations("library") == ["AddAudit"]
    project.walk()
