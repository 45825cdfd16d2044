"""What a client has brought is kept with the margin of his orders: the next sweep derives everything anew."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reports", "0018_cells_of_cohorts")]
    operations = [migrations.RunSQL("DELETE FROM reports_factstate", migrations.RunSQL.noop)]
