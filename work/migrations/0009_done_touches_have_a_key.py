from __future__ import annotations

from django.db import migrations

FILL = """
UPDATE work_touch SET external_id = 'crm-touch-' || id WHERE state = 'done' AND external_id IS NULL
"""


class Migration(migrations.Migration):
    """By it a touch that was made here is known again when its file comes back."""

    dependencies = [("work", "0008_audit_by_statement")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
