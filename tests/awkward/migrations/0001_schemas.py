from django.db import migrations

UNMANAGED = """
CREATE TABLE awkward_unmanaged (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    vehicle_id bigint NOT NULL
)
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        *(
            migrations.RunSQL([f"CREATE SCHEMA {schema}"], [f"DROP SCHEMA {schema}"])
            for schema in ["other", '"Odd ""schema"""', '"%s"']
        ),
        migrations.RunSQL(UNMANAGED, "DROP TABLE awkward_unmanaged"),
        *(
            migrations.RunSQL(
                [f"CREATE TABLE {table} (id bigint PRIMARY KEY, name text NOT NULL)"],
                [f"DROP TABLE {table}"],
            )
            for table in ['"100% full"', '"50%s"', '"%(table)s"', '"%s"."book"']
        ),
    ]
