"""Books, with what belongs to them."""

from django.db import models

import trigger_audit
from trigger_audit import Audit


class Publisher(models.Model):
    name = models.TextField(unique=True)

    class Meta:
        audit = "__all__"

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.TextField(unique=True)

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    title = models.TextField()
    price = models.DecimalField(max_digits=8, decimal_places=2)
    publisher = models.ForeignKey(Publisher, models.CASCADE, null=True)
    tags = models.ManyToManyField(Tag)

    audit = trigger_audit.AuditHistory()

    class Meta:
        audit = "__all__"

    def __str__(self) -> str:
        return self.title


class Loan(models.Model):
    book = models.ForeignKey(Book, models.CASCADE)
    card_number = models.TextField()
    returned_at = models.DateTimeField(null=True)

    class Meta:
        audit = Audit(redact=["card_number"], images="changes")

    def __str__(self) -> str:
        return f"loan of {self.book}"


class BookListing(models.Model):
    """A read store, which ``subscriptions.py`` keeps: no foreign key, as it follows the books."""

    book = models.BigIntegerField(primary_key=True)
    title = models.TextField()
    price = models.DecimalField(max_digits=8, decimal_places=2)
    publisher = models.TextField(null=True)
    tags = models.JSONField()

    def __str__(self) -> str:
        return self.title


trigger_audit.register("auth.User", Audit(exclude=["password", "last_login"]), app_label="library")
