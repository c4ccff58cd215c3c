"""The shop's second migration; the first is made by makemigrations, when the tests begin."""

from django.db import migrations


def make(apps, schema_editor):
    products = apps.get_model("shop", "Product").objects.using(schema_editor.connection.alias)
    products.create(pk=1000, name="by a migration")


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
