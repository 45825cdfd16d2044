from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0016_assignments_by_day'),
        ('retention', '0018_wins_that_nothing_bears_out'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='exitinterview',
            index=models.Index(condition=models.Q(('held_at__isnull', True)), fields=['due_on', 'id'], name='interview_to_hold_by_day'),
        ),
        migrations.AddIndex(
            model_name='winback',
            index=models.Index(condition=models.Q(('outcome', '')), fields=['-opened_on', '-id'], name='win_back_open_by_day'),
        ),
        migrations.AddIndex(
            model_name='winback',
            index=models.Index(models.F('stage'), models.OrderBy(models.F('next_step_on'), nulls_first=True), models.F('id'), condition=models.Q(('outcome', '')), name='win_back_board'),
        ),
        migrations.AddIndex(
            model_name='winback',
            index=models.Index(models.F('campaign'), models.F('stage'), models.OrderBy(models.F('next_step_on'), nulls_first=True), models.F('id'), condition=models.Q(('outcome', '')), name='win_back_board_of_campaign'),
        ),
    ]
