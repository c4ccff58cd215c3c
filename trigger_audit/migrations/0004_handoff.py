from django.db import migrations

from trigger_audit.audit_table import InstallObjects


class Migration(migrations.Migration):
    dependencies = [("trigger_audit", "0003_feed")]

    operations = [InstallObjects("handoff")]
