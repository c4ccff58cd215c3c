"""A shop: small tables, each with one thing that is hard to capture."""

from django.db import models
from django.db.models import F

from trigger_audit import Audit


class Customer(models.Model):
    name = models.TextField(unique=True)
    email = models.TextField(null=True)

    class Meta:
        audit = "__all__"


class Order(models.Model):
    """What belongs to a customer: Django cascades, as the database does where a test tells it."""

    customer = models.ForeignKey(Customer, models.CASCADE, null=True, db_constraint=False)
    total = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    class Meta:
        audit = "__all__"


class Category(models.Model):
    """A tree, whose keys may change."""

    code = models.TextField(primary_key=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, db_constraint=False)

    class Meta:
        audit = "__all__"


class Counter(models.Model):
    """A number that is unique, checked at the end of a statement."""

    number = models.IntegerField(primary_key=True)
    label = models.TextField()

    class Meta:
        audit = "__all__"


class Seat(models.Model):
    """What one key does not tell."""

    pk = models.CompositePrimaryKey("hall", "number")
    hall = models.TextField()
    number = models.IntegerField()
    guest = models.TextField(null=True)

    class Meta:
        audit = "__all__"


class Invoice(models.Model):
    """Columns that the database fills in."""

    net = models.IntegerField()
    rate = models.IntegerField(db_default=20)
    currency = models.TextField(db_default="EUR")
    gross = models.GeneratedField(
        expression=F("net") * (100 + F("rate")) / 100,
        output_field=models.IntegerField(),
        db_persist=True,
    )

    class Meta:
        audit = "__all__"


class Patient(models.Model):
    """Whose ailment is nobody's business, and whose notes are not even mentioned."""

    name = models.TextField()
    ailment = models.TextField(null=True, db_index=True)
    notes = models.TextField(null=True)

    class Meta:
        audit = Audit(exclude=["notes"], redact=["ailment"])


class Product(models.Model):
    """A row of which only the changes are kept."""

    name = models.TextField()
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    colour = models.TextField(null=True)
    attributes = models.JSONField(null=True)

    class Meta:
        audit = Audit(images="changes")


class Label(models.Model):
    name = models.TextField()


class Parcel(models.Model):
    """Linked to labels, and a kind of order: two tables more."""

    weight = models.IntegerField()
    labels = models.ManyToManyField(Label)

    class Meta:
        audit = "__all__"


class ExpressParcel(Parcel):
    hours = models.IntegerField()

    class Meta:
        audit = "__all__"


class Unaudited(models.Model):
    """Where a test puts an audit of its own; see the fixture ``audit``."""

    status = models.TextField(null=True)
    amount = models.IntegerField(null=True)
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, db_constraint=False)


class Measurement(models.Model):
    """A partitioned table, which a test makes."""

    pk = models.CompositePrimaryKey("id", "day")
    id = models.BigIntegerField()
    day = models.DateField()
    value = models.IntegerField(null=True)

    class Meta:
        managed = False


def wide(name: str, count: int) -> type[models.Model]:
    """A model with ``count`` columns besides its key."""
    columns = {f"column_{number}": models.IntegerField(null=True) for number in range(count)}
    return type(name, (models.Model,), {"__module__": __name__, **columns})


Wide60 = wide("Wide60", 60)
Wide120 = wide("Wide120", 120)
