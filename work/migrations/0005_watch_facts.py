"""Triggers that note which order, hand-off or change of owner still lacks its consequence.

Statement level: an import of a million rows pays once. Imported orders completed long before they came are left out
at once; no window is longer than sixty days.
"""

from __future__ import annotations

from django.db import migrations

ORDERS = """
CREATE FUNCTION work_watch_new_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO work_pendingfact (kind, client_id, order_id)
    SELECT wanted.kind, o.client_id, o.id
    FROM fresh o CROSS JOIN (VALUES ('follow_up'), ('thanks'), ('survey')) AS wanted (kind)
    WHERE o.status = 'completed'
      AND (o.source <> 'import' OR coalesce(o.completed_at, o.ordered_at) >= o.updated_at - interval '60 days');
    RETURN NULL;
END $$;

CREATE FUNCTION work_watch_changed_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO work_pendingfact (kind, client_id, order_id)
    SELECT wanted.kind, o.client_id, o.id
    FROM fresh o JOIN stale s USING (id) CROSS JOIN (VALUES ('follow_up'), ('thanks'), ('survey')) AS wanted (kind)
    WHERE o.status = 'completed' AND s.status <> 'completed'
      AND (o.source <> 'import' OR coalesce(o.completed_at, o.ordered_at) >= o.updated_at - interval '60 days');
    INSERT INTO work_pendingfact (kind, client_id, order_id)
    SELECT 'lost', o.client_id, o.id
    FROM fresh o JOIN stale s USING (id)
    WHERE (o.status = 'cancelled' OR (o.amount > 0 AND o.refunded_amount >= o.amount))
      AND NOT (s.status = 'cancelled' OR (s.amount > 0 AND s.refunded_amount >= s.amount));
    RETURN NULL;
END $$;

CREATE TRIGGER work_watch_new_orders AFTER INSERT ON clients_order
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION work_watch_new_orders();
CREATE TRIGGER work_watch_changed_orders AFTER UPDATE ON clients_order
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION work_watch_changed_orders();
"""

HANDOFFS = """
CREATE FUNCTION work_watch_handoffs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO work_pendingfact (kind, client_id, contract_id)
    SELECT wanted.kind, NEW.client_id, NEW.contract_id FROM (VALUES ('follow_up'), ('survey')) AS wanted (kind);
    RETURN NULL;
END $$;

CREATE TRIGGER work_watch_new_handoffs AFTER INSERT ON clients_handoff
    FOR EACH ROW WHEN (NEW.status = 'accepted') EXECUTE FUNCTION work_watch_handoffs();
CREATE TRIGGER work_watch_accepted_handoffs AFTER UPDATE ON clients_handoff
    FOR EACH ROW WHEN (NEW.status = 'accepted' AND OLD.status <> 'accepted')
    EXECUTE FUNCTION work_watch_handoffs();
"""

OWNERS = """
CREATE FUNCTION work_watch_owners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO work_pendingfact (kind, client_id)
    SELECT DISTINCT 'owner', a.client_id FROM fresh a
    WHERE a.ended_at IS NULL
      AND EXISTS (SELECT FROM clients_assignment b WHERE b.client_id = a.client_id AND b.id <> a.id);
    RETURN NULL;
END $$;

CREATE TRIGGER work_watch_owners AFTER INSERT ON clients_assignment
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION work_watch_owners();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("work", "0004_pending_facts"),
        ("clients", "0002_initial"),
    ]

    operations = [
        migrations.RunSQL(
            ORDERS,
            """
            DROP TRIGGER work_watch_new_orders ON clients_order;
            DROP TRIGGER work_watch_changed_orders ON clients_order;
            DROP FUNCTION work_watch_new_orders;
            DROP FUNCTION work_watch_changed_orders;
            """,
        ),
        migrations.RunSQL(
            HANDOFFS,
            """
            DROP TRIGGER work_watch_new_handoffs ON clients_handoff;
            DROP TRIGGER work_watch_accepted_handoffs ON clients_handoff;
            DROP FUNCTION work_watch_handoffs;
            """,
        ),
        migrations.RunSQL(
            OWNERS,
            """
            DROP TRIGGER work_watch_owners ON clients_assignment;
            DROP FUNCTION work_watch_owners;
            """,
        ),
    ]
