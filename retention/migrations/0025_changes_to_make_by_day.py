from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('retention', '0024_dearest_renewals_of_a_cell'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='retro',
            index=models.Index(condition=models.Q(('done_at__isnull', True), ('responsible__isnull', False)), fields=['due_on', 'id'], name='retro_to_do'),
        ),
    ]
