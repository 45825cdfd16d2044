"""What serving clients costs is kept, and follows the cost of an hour: the next sweep derives everything anew."""

from django.db import migrations, models
from django.db.models import F

#: Two days more, whatever the zone of the company: whoever is derived for nothing comes out the same.
MARK = """
CREATE FUNCTION reports_mark_hourly_cost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO reports_dirtyclient (client_id) SELECT DISTINCT t.client_id FROM work_touch t
    WHERE t.state = 'done' AND (t.closed_by_id = NEW.user_id AND t.closed_at >= NEW.from_on - 2
        OR t.closed_by_id = OLD.user_id AND t.closed_at >= OLD.from_on - 2);
    RETURN NULL;
END $$;
CREATE TRIGGER reports_mark_hourly_cost AFTER INSERT OR UPDATE OR DELETE ON staff_hourlycost
    FOR EACH ROW EXECUTE FUNCTION reports_mark_hourly_cost();
"""
FORGET = "DROP TRIGGER reports_mark_hourly_cost ON staff_hourlycost; DROP FUNCTION reports_mark_hourly_cost();"


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0020_worth_by_segment"),
        ("staff", "0003_hourly_cost"),
        ("work", "0009_done_touches_have_a_key"),
    ]
    operations = [
        migrations.AddIndex(
            "unit",
            models.Index(
                F("at"), F("e"), F("d").desc(), F("client_id"), condition=models.Q(kind="served"), name="unit_dearest"
            ),
        ),
        migrations.RunSQL(MARK, FORGET),
        migrations.RunSQL("DELETE FROM reports_factstate", migrations.RunSQL.noop),
    ]
