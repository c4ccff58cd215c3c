"""Fields of audited models come, change and go."""

from tests.migrations.project import Captured

BOOK = """
    class Book(models.Model):
        title = models.TextField()

        class Meta:
            audit = "__all__"
"""
BOOK_WITH_PRICE = """
    class Book(models.Model):
        title = models.TextField()
        price = models.DecimalField(max_digits=8, decimal_places=2, default=0)

        class Meta:
            audit = "__all__"
"""


def test_add_and_remove_a_field(project):
    project.step({"shop_book": "id title"}, shop=BOOK)
    project.step({"shop_book": "id title price"}, shop=BOOK_WITH_PRICE)
    assert project.operations("shop") == ["AddField", "AlterAudit"]
    project.step({"shop_book": "id title"}, shop=BOOK)
    assert project.operations("shop") == ["AlterAudit", "RemoveField"]
    project.walk()
