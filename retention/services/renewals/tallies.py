"""The tally of open renewals: days that were written to are counted anew, each from its renewals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction

from retention.queries.renewals.tallies import COUNTED, DIMS, OPEN

_LOCK = 7_301_017  # one count at a time
_BITS = len(DIMS)
_ALL = (1 << _BITS) - 1
_DIM = " ".join(f"WHEN {_ALL - (1 << (_BITS - 1 - place))} THEN '{name}'" for place, name in enumerate(DIMS))
_KEY = " ".join(f"WHEN {_ALL - (1 << (_BITS - 1 - place))} THEN {sql}" for place, sql in enumerate(DIMS.values()))
_GROUPING = f"GROUPING({', '.join(DIMS.values())})"
#: A client whom nobody has is in no manager's tally.
_COUNT = f"""
INSERT INTO retention_renewaltally (dim, key, due_on, stage, number, amount, monthly)
SELECT CASE {_GROUPING} {_DIM} ELSE '' END, CASE {_GROUPING} {_KEY} ELSE '' END, r.due_on, r.stage, {COUNTED}
FROM {OPEN} WHERE r.outcome = '' {{days}}
GROUP BY GROUPING SETS ((r.due_on, r.stage), {", ".join(f"(r.due_on, r.stage, {sql})" for sql in DIMS.values())})
HAVING {_GROUPING} <> {_ALL - (1 << (_BITS - 1))} OR s.owner_id::text IS NOT NULL
"""  # noqa: S608 - constants only


def count_renewals(*, now: datetime, everything: bool = False) -> Mapping[str, int]:
    """The sweep. Marks that are committed later stay; those that are taken here are part of what is read after them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("DELETE FROM retention_tallymark RETURNING due_on")
        days = sorted({day for (day,) in cursor.fetchall()})
        if everything:
            cursor.execute("DELETE FROM retention_renewaltally")
            cursor.execute(_COUNT.format(days=""))
        elif days:
            cursor.execute("DELETE FROM retention_renewaltally WHERE due_on = ANY(%s)", [days])
            cursor.execute(_COUNT.format(days="AND r.due_on = ANY(%s)"), [days])
    return {"days": len(days)}
