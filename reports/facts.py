"""Derived tables as a source of figures: when they may answer, and what is in them.

Facts hold for one day of the company under one set of norms. Past midnight, after a change of the norms and while
changed clients wait to be taken in, questions are answered from source rows until the sweep has caught up.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.utils.timezone import localdate

from core.figures import Number, Question

TIMELESS = date(1, 1, 1)  # the month under which the cube keeps what belongs to no month

#: In force for that day and those norms, and nobody waits to be taken in.
FRESH = """
    SELECT day = %s AND (grace, early, active, zone) = (%s, %s, %s, %s)
        AND NOT EXISTS (SELECT 1 FROM reports_dirtyclient)
    FROM reports_factstate WHERE id = 1
"""

#: One row a month: the server puts the sums together, so that few values have to be read here one by one.
CUBE = """
    SELECT month, json_object_agg(name, value)::text FROM reports_cube
    WHERE dim = %s AND key = %s AND month = ANY(%s::date[]) GROUP BY month
"""


def can_answer(asked: Question) -> bool:
    """Only questions of today, under the norms and up to the changes that the facts were derived with."""
    if asked.today != localdate() or asked.clients is not None:
        return False
    norms = asked.norms
    with connection.cursor() as cursor:
        cursor.execute(FRESH, [asked.today, norms.grace, norms.early, norms.active, settings.TIME_ZONE])
        found = cursor.fetchone()
    return bool(found and found[0])


def fits(asked: Question) -> bool:
    """The cube knows everybody, and each value of one filter."""
    return len(asked.segment.given()) <= 1


def cube_sums(asked: Question) -> dict[date, dict[str, Number]]:
    """Sums by month, in one statement over as many rows as there are months."""
    [(dim, key)] = [(name, str(value)) for name, value in asked.segment.given().items()] or [("", "")]
    months = [period.start for period in asked.periods]
    with connection.cursor() as cursor:
        cursor.execute(CUBE, [dim, key, [*months, TIMELESS]])
        rows = cursor.fetchall()
    found: dict[date, dict[str, Number]] = {month: json.loads(text, parse_float=Decimal) for month, text in rows}
    timeless = found.pop(TIMELESS, {})
    return {month: {**found.get(month, {}), **timeless} for month in months}
