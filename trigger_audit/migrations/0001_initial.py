from django.db import migrations, models

import trigger_audit.fields
from trigger_audit.audit_table import InstallAuditTable


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        InstallAuditTable(),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("txid", trigger_audit.fields.TransactionIdField()),
                (
                    "op",
                    models.TextField(
                        choices=[
                            ("INSERT", "Insert"),
                            ("UPDATE", "Update"),
                            ("DELETE", "Delete"),
                            ("TRUNCATE", "Truncate"),
                            ("SNAPSHOT", "Snapshot"),
                            ("RENAME", "Rename"),
                        ]
                    ),
                ),
                ("table_schema", models.TextField()),
                ("table_name", models.TextField()),
                ("object_id", models.TextField(null=True)),
                (
                    "old",
                    models.JSONField(decoder=trigger_audit.fields.ExactJSONDecoder, null=True),
                ),
                (
                    "new",
                    models.JSONField(decoder=trigger_audit.fields.ExactJSONDecoder, null=True),
                ),
                ("context", models.JSONField(null=True)),
                ("db_user", models.TextField()),
            ],
            options={
                "verbose_name": "audit event",
                "db_table": "trigger_audit_event",
                "ordering": ["id"],
                "managed": False,
            },
        ),
    ]
