"""Which orders were completed or lost by a statement is asked of sets, not by a join that is planned for one row."""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION work_watch_changed_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO work_pendingfact (kind, client_id, order_id)
    SELECT wanted.kind, o.client_id, o.id
    FROM fresh o CROSS JOIN (VALUES ('follow_up'), ('thanks'), ('survey')) AS wanted (kind)
    WHERE o.status = 'completed' AND o.id NOT IN (SELECT s.id FROM stale s WHERE s.status = 'completed')
      AND (o.source <> 'import' OR coalesce(o.completed_at, o.ordered_at) >= o.updated_at - interval '60 days');
    INSERT INTO work_pendingfact (kind, client_id, order_id)
    SELECT 'lost', o.client_id, o.id FROM fresh o
    WHERE (o.status = 'cancelled' OR (o.amount > 0 AND o.refunded_amount >= o.amount))
      AND o.id NOT IN (
          SELECT s.id FROM stale s
          WHERE s.status = 'cancelled' OR (s.amount > 0 AND s.refunded_amount >= s.amount));
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("work", "0010_touches_by_day_due")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
