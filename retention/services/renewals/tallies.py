"""The tally of open renewals: days that were written to are counted anew, each from its renewals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from retention.queries.renewals.tallies import CARDS, COUNTED, DIMS, OPEN, PER_DAY, TOGETHER, dim_of

_LOCK = 7_301_017  # one count at a time
_BIT = {name: 1 << place for place, name in enumerate(reversed(list(DIMS)))}
_GROUPING = f"GROUPING({', '.join(DIMS.values())})"


def _bits(names: Sequence[str]) -> int:
    """What ``GROUPING`` says of these: a bit for each of the others."""
    return sum(bit for name, bit in _BIT.items() if name not in names)


_DIM = " ".join(f"WHEN {_bits(names)} THEN '{dim_of(names)}'" for names in TOGETHER)
_JOINED = " || ':' || "
_KEY = " ".join(f"WHEN {_bits(names)} THEN {_JOINED.join(DIMS[name] for name in names)}" for names in TOGETHER[1:])
_SETS = ", ".join(f"({', '.join(('r.due_on', 'r.stage', *(DIMS[name] for name in names)))})" for names in TOGETHER)
#: A client whom nobody has is in no manager's tally.
_COUNT = f"""
INSERT INTO retention_renewaltally (dim, key, due_on, stage, number, amount, monthly, firsts, dearest)
SELECT dim, key, due_on, stage, number, amount, monthly,
    (SELECT array_agg(id) FROM (SELECT id FROM unnest(ids) AS u (id) ORDER BY id LIMIT {CARDS}) u),
    (SELECT array_agg(id) FROM (
        SELECT id FROM unnest(ids, worth) AS u (id, value) ORDER BY value DESC, id LIMIT {PER_DAY}) u)
FROM (
    SELECT CASE {_GROUPING} {_DIM} END, CASE {_GROUPING} {_KEY} ELSE '' END, r.due_on, r.stage, {COUNTED}, array_agg(r.id),
        array_agg(r.monthly_value)
    FROM {OPEN} WHERE r.outcome = '' {{days}}
    GROUP BY GROUPING SETS ({_SETS}) HAVING GROUPING({DIMS["manager"]}) = 1 OR {DIMS["manager"]} IS NOT NULL
) AS t (dim, key, due_on, stage, number, amount, monthly, ids, worth)
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
