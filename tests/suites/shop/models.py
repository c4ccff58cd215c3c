"""What the shop sells."""

from django.db import models


class Label(models.Model):
    name = models.TextField()


class Product(models.Model):
    name = models.TextField()
    labels = models.ManyToManyField(Label)

    class Meta:
        audit = "__all__"
