"""What people have in hand is counted by the statements that change it: per statement and insert only, no row waits.

A client's tier, his owner and the days on which owners changed stand in several rows; whoever changes one of them holds
the client until the end of his transaction, so that two at once see what the other did.
"""

from django.db import migrations, models

ZONE = "coalesce(nullif(current_setting('crm.time_zone', true), ''), 'Europe/Moscow')"
DAYLESS = "'0001-01-01'::date"
PURPOSE = """CASE WHEN r.kind IN ('renewal', 'win_back') THEN 'growth'
    WHEN r.kind IN ('urgent', 'what_went_wrong', 'save', 'exit_interview', 'failed_order') THEN 'conflict'
    ELSE 'service' END"""
ADD = """
INSERT INTO reports_worktally (of, label, day, person, number, amount, fresh)
SELECT of, label, day, person, sum(number), sum(amount), {fresh} FROM ({rows}) AS c (of, label, day, person, number, amount)
GROUP BY of, label, day, person HAVING sum(number) <> 0 OR sum(amount) <> 0
"""

#: Planned late, a contact never had a chance to be in time: it is only waited for.
TOUCHES = f"""
SELECT 'due', CASE WHEN r.state = 'open' THEN CASE WHEN r.is_late THEN 'late' ELSE 'open' END
        WHEN (r.closed_at AT TIME ZONE {ZONE})::date <= r.due_on THEN 'kept' ELSE 'missed' END,
    r.due_on, r.assignee_id, {{n}}, 0 FROM {{rows}} r WHERE r.state = 'open' OR r.state = 'done' AND NOT r.is_late
UNION ALL
SELECT 'spent', {PURPOSE}, (r.closed_at AT TIME ZONE {ZONE})::date, r.closed_by_id, {{n}}, {{n}} * r.minutes FROM {{rows}} r
    WHERE r.state = 'done' AND r.minutes IS NOT NULL AND r.closed_by_id IS NOT NULL
"""
COMPLAINTS = (
    f"SELECT 'complaint', '', {DAYLESS}, r.responsible_id, {{n}}, 0 FROM {{rows}} r WHERE r.state = 'open'"
)
OWNED = f"""
SELECT 'owned', c.tier, {DAYLESS}, r.user_id, {{n}}, 0 FROM {{rows}} r JOIN LATERAL (
    SELECT tier, archived_at FROM clients_client WHERE id = r.client_id OFFSET 0) c ON c.archived_at IS NULL
WHERE r.ended_at IS NULL
"""
#: Who took over from whom; the first owner of all took over from nobody.
CHANGES = """
SELECT m.id, m.client_id, m.previous, m.user_id, m.started_at FROM (
    SELECT q.*, lag(q.user_id) OVER (PARTITION BY q.client_id ORDER BY q.started_at, q.id) AS previous FROM {rows} q
) m WHERE m.previous <> m.user_id
"""
KEEP = "INSERT INTO reports_ownerchange (assignment_id, client_id, from_id, to_id, started_at)"
MOVED = f"""
SELECT 'moved', v.label, (r.started_at AT TIME ZONE {ZONE})::date, v.person, {{n}}, 0 FROM {{rows}} r
CROSS JOIN LATERAL (VALUES ('came', r.to_id), ('left', r.from_id)) AS v (label, person)
"""
EVERYTHING = "\nUNION ALL\n".join(
    select.format(rows=table, n=1)
    for select, table in (
        (TOUCHES, "work_touch"),
        (COMPLAINTS, "feedback_complaint"),
        (OWNED, "clients_assignment"),
        (MOVED, "reports_ownerchange"),
    )
)
#: One statement, one moment: what commits meanwhile is neither taken away nor counted here.
COUNT = f"""
{KEEP} {CHANGES.format(rows="clients_assignment")};
CREATE FUNCTION reports_count_work() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
WITH gone AS (DELETE FROM reports_worktally) {ADD.format(fresh="false", rows=EVERYTHING)};
END $$;
SELECT reports_count_work();
"""

NEW, OLD = "NEW TABLE AS fresh", "OLD TABLE AS stale"
EVENTS = {"insert": NEW, "update": f"{NEW} {OLD}", "delete": OLD}
SIGNS = {"insert": (("fresh", 1),), "update": (("fresh", 1), ("stale", -1)), "delete": (("stale", -1),)}


def changes(select, event):
    return "\nUNION ALL\n".join(select.format(rows=rows, n=n) for rows, n in SIGNS[event])


def of_rows(select, event):
    """A row counts for itself."""
    return f"{ADD.format(fresh='true', rows=changes(select, event))};"


OWNER = "id, client_id, user_id, started_at, ended_at"
OTHERS = {
    "insert": "SELECT client_id FROM fresh",
    "update": f"""SELECT client_id FROM (
        (SELECT {OWNER} FROM fresh EXCEPT SELECT {OWNER} FROM stale)
        UNION ALL (SELECT {OWNER} FROM stale EXCEPT SELECT {OWNER} FROM fresh)) o""",
    "delete": "SELECT client_id FROM stale",
}
HISTORY = """(SELECT a.id, a.client_id, a.user_id, a.started_at FROM unnest(changed) AS u (client_id) CROSS JOIN LATERAL (
    SELECT * FROM clients_assignment WHERE client_id = u.client_id OFFSET 0) a)"""


def of_owners(event):
    """The changes of these clients anew; of them the tally gets what is other than before."""
    moved = f"{MOVED.format(rows='come', n=1)} UNION ALL {MOVED.format(rows='gone', n=-1)}"
    return f"""
changed := array(SELECT DISTINCT client_id FROM ({OTHERS[event]}) c ORDER BY client_id);
IF cardinality(changed) > 0 THEN
    PERFORM FROM clients_client WHERE id = ANY(changed) ORDER BY id FOR NO KEY UPDATE;
    WITH gone AS (
        DELETE FROM reports_ownerchange WHERE client_id = ANY(changed) RETURNING *
    ), come AS (
        {KEEP} {CHANGES.format(rows=HISTORY)} RETURNING *
    )
    {ADD.format(fresh="true", rows=f"{changes(OWNED, event)} UNION ALL {moved}")};
END IF;
"""


def of_clients():
    """An update holds its clients anyway."""
    rows = "(SELECT id, tier, archived_at IS NULL AS here FROM {rows})"
    fresh, stale = rows.format(rows="fresh"), rows.format(rows="stale")
    owner = f"""
        SELECT 'owned', c.tier, {DAYLESS}, a.user_id, {{n}}, 0 FROM ({{rows}}) c CROSS JOIN LATERAL (
            SELECT user_id FROM clients_assignment WHERE client_id = c.id AND ended_at IS NULL OFFSET 0) a WHERE c.here
    """
    came = owner.format(rows=f"{fresh} EXCEPT {stale}", n=1)
    gone = owner.format(rows=f"{stale} EXCEPT {fresh}", n=-1)
    return f"{ADD.format(fresh='true', rows=f'{came} UNION ALL {gone}')};"


TRIGGERS = [
    *(("work_touch", event, of_rows(TOUCHES, event)) for event in EVENTS),
    *(("feedback_complaint", event, of_rows(COMPLAINTS, event)) for event in EVENTS),
    *(("clients_assignment", event, of_owners(event)) for event in EVENTS),
    ("clients_client", "update", of_clients()),
]
WATCH = COUNT + "\n".join(
    f"CREATE FUNCTION work_tally_{table}_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE changed bigint[]; BEGIN"
    f" {body} RETURN NULL; END $$; CREATE TRIGGER work_tally_{event} AFTER {event.upper()} ON {table}"
    f" REFERENCING {EVENTS[event]} FOR EACH STATEMENT EXECUTE FUNCTION work_tally_{table}_{event}();"
    for table, event, body in TRIGGERS
)
FORGET = "DROP FUNCTION reports_count_work;" + "\n".join(
    f"DROP TRIGGER work_tally_{event} ON {table}; DROP FUNCTION work_tally_{table}_{event};"
    for table, event, _body in TRIGGERS
)


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0016_assignments_by_day"),
        ("feedback", "0007_trail_indexed_by_object_alone"),
        ("reports", "0014_facts_under_days_to_become_regular"),
        ("work", "0012_trail_indexed_by_object_alone"),
    ]
    operations = [
        migrations.CreateModel(
            name="WorkTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("of", models.CharField(max_length=10)),
                ("label", models.CharField(max_length=64)),
                ("day", models.DateField()),
                ("person", models.BigIntegerField()),
                ("number", models.IntegerField()),
                ("amount", models.IntegerField()),
                ("fresh", models.BooleanField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["of", "label", "day", "person"], name="work_tally_by_day"),
                    models.Index(fields=["id"], condition=models.Q(fresh=True), name="work_tally_fresh"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OwnerChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("assignment_id", models.BigIntegerField()),
                ("client_id", models.BigIntegerField()),
                ("from_id", models.BigIntegerField()),
                ("to_id", models.BigIntegerField()),
                ("started_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["client_id"], name="owner_change_of_client"),
                    models.Index(fields=["started_at"], name="owner_change_by_day"),
                    models.Index(fields=["to_id", "started_at"], name="owner_change_came"),
                    models.Index(fields=["from_id", "started_at"], name="owner_change_left"),
                ],
            },
        ),
        migrations.RunSQL(WATCH, FORGET),
    ]
