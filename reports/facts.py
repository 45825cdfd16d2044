"""Derived tables as a source of figures: when they may answer, and what is in them.

Facts hold for one day of the company under one set of norms. Programs get exact answers: past midnight, after a change
of the norms and while changed clients wait to be taken in, from source rows. People get the page at once: the facts as
they stand, with the moment for which they hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.utils.timezone import localdate

from core.figures import Norms, Number, Question, Segment
from core.prepared import Asking
from reports.heard import dimension

TIMELESS = date(1, 1, 1)  # the month under which the cube keeps what belongs to no month

#: Sums as the server puts them together; fractions exactly.
read_sums: Callable[[str], dict[str, Number]] = json.JSONDecoder(parse_float=Decimal).decode
NORMS = tuple(one.name for one in fields(Norms))
STANDING = Asking(f"""
    SELECT day, built_at, ({", ".join(NORMS)}, zone) = ({", ".join(f"%({name})s" for name in NORMS)}, %(zone)s),
        EXISTS (SELECT 1 FROM reports_dirtyclient)
    FROM reports_factstate WHERE id = 1
""")  # noqa: S608 - names of the norms


@dataclass(frozen=True, slots=True)
class Standing:
    """For which day the facts hold, and whether they are under the norms of the question and nobody waits."""

    day: date
    taken_at: datetime
    in_force: bool
    waiting: bool


#: One row a month: the server puts the sums together, so that few values have to be read here one by one.
CUBE = Asking("""
    SELECT month, json_object_agg(name, value)::text FROM reports_cube
    WHERE dim = %(dim)s AND key = %(key)s AND month = ANY(%(months)s::date[]) GROUP BY month
""")


OF_EACH = """
    SELECT key, month, json_object_agg(name, value)::text FROM reports_cube
    WHERE dim = %s AND month = ANY(%s::date[]) GROUP BY key, month
"""

NAMED = Asking("""
    SELECT month, key, json_object_agg(name, value)::text FROM reports_cube
    WHERE dim = %(dim)s AND (%(keys)s::text[] IS NULL OR key = ANY(%(keys)s::text[]))
        AND month = ANY(%(months)s::date[]) AND name = ANY(%(names)s::text[])
    GROUP BY month, key
""")


def standing(asked: Question) -> Standing | None:
    found = STANDING.rows({**asdict(asked.norms), "zone": settings.TIME_ZONE})
    return Standing(*found[0]) if found else None


def can_answer(asked: Question) -> bool:
    """Only questions of today, under the norms and up to the changes that the facts were derived with."""
    found = _of_today(asked)
    return found is not None and not found.waiting


def _of_today(asked: Question) -> Standing | None:
    if asked.today != localdate() or asked.clients is not None:
        return None
    found = standing(asked)
    return found if found is not None and found.in_force and found.day == asked.today else None


#: More changed clients than these are not worth being told from all the others.
FEW_WAITING = 1000
WAITING = "SELECT DISTINCT client_id FROM reports_dirtyclient LIMIT %s"


def waiting(asked: Question) -> list[int] | None:
    """Whose changes the facts have not taken in yet while they know all the others; None when they can't answer."""
    found = _of_today(asked)
    if found is None or not found.waiting:
        return None if found is None else []
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [FEW_WAITING + 1])
        clients = [client for (client,) in cursor.fetchall()]
    return clients if len(clients) <= FEW_WAITING else None


def fits(asked: Question) -> bool:
    """The cube knows everybody, each value of one filter, and a manager's clients of one tier."""
    return cell_of(asked.segment) is not None


def cell_of(segment: Segment) -> tuple[str, str] | None:
    """Where in the cube the sums of a segment stand."""
    given = segment.given()
    if set(given) == {"manager", "tier"}:
        return "book", f"{segment.manager}:{segment.tier}"
    if len(given) > 1:
        return None
    return next(((name, str(value)) for name, value in given.items()), ("", ""))


def cube_sums(asked: Question, *, apart: str = "") -> dict[date, dict[str, Number]]:
    """Sums by month, in one statement over as many rows as there are months."""
    cell = cell_of(asked.segment)
    assert cell is not None, "asked only where it fits"
    dim, key = cell
    months = [period.start for period in asked.periods]
    rows = CUBE.rows({"dim": f"{apart}{dim}", "key": key, "months": [*months, TIMELESS]})
    found: dict[date, dict[str, Number]] = {month: read_sums(text) for month, text in rows}
    timeless = found.pop(TIMELESS, {})
    return {month: {**found.get(month, {}), **timeless} for month in months}


OF_PEOPLE = Asking("""
    SELECT u.id, u.name, c.sums::text FROM (
        SELECT key, json_object_agg(name, value) AS sums FROM (
            SELECT key, name, sum(value) AS value FROM reports_cube
            WHERE dim = 'person' AND month = ANY(%(months)s::date[])
                AND (%(manager)s::bigint IS NULL OR key = %(manager)s::text) GROUP BY key, name
        ) s GROUP BY key
    ) c JOIN staff_user u ON u.id = c.key::bigint ORDER BY COALESCE((c.sums ->> 'minutes')::numeric, 0) DESC, u.name, u.id
""")


Said = Mapping[date, Mapping[str, Number]]


def said_sums(asked: Question, months: Sequence[date]) -> Said:
    """What ``reports.heard`` keeps of these months; asked only where the question fits."""
    cell = cell_of(asked.segment)
    assert cell is not None, "asked only where it fits"
    rows = CUBE.rows({"dim": dimension(cell[0]), "key": cell[1], "months": list(months)})
    return {month: read_sums(text) for month, text in rows}


def effort_of_people(asked: Question, months: Sequence[date]) -> list[tuple[int, str, dict[str, int]]]:
    """Who closed contacts in these months, whoever gave most of his time first."""
    rows = OF_PEOPLE.rows({"months": list(months), "manager": asked.segment.manager})
    return [(person, name, {key: int(value) for key, value in json.loads(text).items()}) for person, name, text in rows]


def sums_of_each(asked: Question, dim: str) -> dict[str, dict[date, dict[str, Number]]]:
    """Sums by month of every manager, tier, industry or region, in one statement."""
    months = [period.start for period in asked.periods]
    with connection.cursor() as cursor:
        cursor.execute(OF_EACH, [dim, [*months, TIMELESS]])
        rows = cursor.fetchall()
    found: dict[str, dict[date, dict[str, Number]]] = {}
    for key, month, text in rows:
        found.setdefault(key, {})[month] = read_sums(text)
    for by_month in found.values():
        timeless = by_month.pop(TIMELESS, {})
        for month in months:
            by_month[month] = {**by_month.get(month, {}), **timeless}
    return found


def named_sums(
    dim: str, months: Sequence[date], names: Sequence[str], *, keys: Sequence[str] | None = None
) -> dict[tuple[date, str], dict[str, Number]]:
    """A few sums of months, of every manager, tier, industry or region or of those named."""
    asked = None if keys is None else list(keys)
    rows = NAMED.rows({"dim": dim, "keys": asked, "months": list(months), "names": list(names)})
    return {(month, key): read_sums(text) for month, key, text in rows}
