"""What people have in hand: what triggers wrote is added up, and once a day everything is counted anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils.timezone import localdate

from reports.models import WorkTally

_LOCK = 7_301_018  # one sum at a time
_ADD_UP = """
WITH changed AS MATERIALIZED (SELECT DISTINCT of, label, day, person FROM reports_worktally WHERE fresh), gone AS (
    DELETE FROM reports_worktally t USING changed s
    WHERE t.of = s.of AND t.label = s.label AND t.day = s.day AND t.person = s.person RETURNING t.*
)
INSERT INTO reports_worktally (of, label, day, person, number, amount, fresh)
SELECT of, label, day, person, sum(number), sum(amount), false FROM gone
GROUP BY of, label, day, person HAVING sum(number) <> 0 OR sum(amount) <> 0
"""


def add_up_work(*, now: datetime) -> Mapping[str, int]:
    """The sweep. What commits meanwhile stays for the next one; a reader sees the rows or their sum."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        # Days are those of the company's zone: under another one all of them are others.
        counted = WorkTally.objects.filter(of="counted", label=settings.TIME_ZONE, day=localdate(now)).exists()
        if not counted:
            cursor.execute("SELECT reports_count_work()")
            day = {"of": "counted", "label": settings.TIME_ZONE, "day": localdate(now)}
            WorkTally.objects.create(**day, person=0, number=0, amount=0, fresh=False)
        elif WorkTally.objects.filter(fresh=True).exists():
            cursor.execute(_ADD_UP)
    return {"counted": int(not counted)}
