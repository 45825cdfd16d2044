"""Sums of several months out of those that are kept by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from itertools import chain

from core.figures import Number, Period, Question, add_months, months_of
from core.prepared import Asking
from reports import overlaps
from reports.facts import TIMELESS, read_sums

_CELL = "c.dim = ANY(%(dims)s::text[]) AND (%(keys)s::text[] IS NULL OR c.key = ANY(%(keys)s::text[]))"
#: Of one month all that stands there. Of several what adds up over them, what stands in the last one that has begun, and
#: what is said of the year that ends with them.
_ADDED = f"""
    SELECT p.i, c.dim, c.key, c.name, sum(c.value) AS value
    FROM unnest(%(starts)s::date[], %(seen)s::date[], %(lasts)s::date[]) WITH ORDINALITY AS p (start, seen, last, i)
    JOIN reports_cube c ON c.month BETWEEN p.start AND p.last OR c.month = %(timeless)s
    WHERE c.month = ANY(%(months)s::date[]) AND (%(names)s::text[] IS NULL OR c.name = ANY(%(names)s::text[])) AND {_CELL} AND (
        p.start = p.last AND (%(of_months)s::text[] IS NULL OR c.name = ANY(%(of_months)s::text[]))
        OR p.start <> p.last AND c.name = ANY(%(adding)s::text[])
        OR p.start <> p.last AND c.month = p.seen AND c.name = ANY(%(standing)s::text[])
        OR p.start <> p.last AND c.month = p.last AND c.name = ANY(%(of_a_year)s::text[])
        OR p.i = ANY(%(short)s::int[]) AND (c.name = ANY(%(counted)s::text[]) OR c.month = p.start AND c.name = ANY(%(staying)s::text[])))
    GROUP BY p.i, c.dim, c.key, c.name
"""
_BESIDE = f"""
    SELECT s.i, s.dim, s.key, v.name, v.value FROM (
        SELECT p.i, c.dim, c.key, {overlaps.BETWEEN}
        FROM unnest(%(of)s::int[], %(later)s::date[], %(far)s::int[]) AS p (i, month, far)
        JOIN reports_overlap c ON c.month = p.month AND {_CELL} GROUP BY p.i, c.dim, c.key
    ) s CROSS JOIN LATERAL (VALUES {overlaps.NAMED}) AS v (name, value)
    WHERE v.value <> 0 AND (v.name = ANY(%(counted)s::text[]) OR v.name = ANY(%(staying)s::text[]))
"""
_TOGETHER = "SELECT i, dim, key, json_object_agg(name, value)::text FROM ({}) s GROUP BY i, dim, key"
ADDED = Asking(_TOGETHER.format(_ADDED))
ADDED_BESIDE = Asking(
    _TOGETHER.format(
        f"SELECT i, dim, key, name, sum(value) AS value FROM ({_ADDED} UNION ALL {_BESIDE}) s GROUP BY i, dim, key, name"
    )
)


@dataclass(frozen=True, slots=True)
class Adding:
    """Names of sums by how they come of several months."""

    adding: Sequence[str]
    standing: Sequence[str]
    of_a_year: Sequence[str]
    counted: Sequence[str] = ()  # these two only of periods that are ``is_short``
    staying: Sequence[str] = ()


def is_short(period: Period) -> bool:
    """The overlaps of its months are kept."""
    return period.whole_months and len(months_of(period)) <= overlaps.LONGEST


def added_sums(
    asked: Question,
    names: Adding,
    *,
    dims: Sequence[str],
    keys: Sequence[str] | None = None,
    of_months: Sequence[str] | None = None,
) -> dict[tuple[Period, str, str], Mapping[str, Number]]:
    """Sums of periods of whole months by cell of these dimensions, in one statement. Of single months all that stands
    there, or those sums that are named.
    """
    lasts = [add_months(period.end, -1) for period in asked.periods]
    single = any(period.one_month for period in asked.periods)
    short = [i for i, period in enumerate(asked.periods, 1) if is_short(period) and not period.one_month]
    later = [
        (i, month.start, far) for i in short for far, month in enumerate(months_of(asked.periods[i - 1])[1:], start=1)
    ]
    params = {
        "starts": [period.start for period in asked.periods],
        "seen": [min(last, asked.today.replace(day=1)) for last in lasts],
        "lasts": lasts,
        "timeless": TIMELESS,
        "months": [TIMELESS, *{month.start for period in asked.periods for month in months_of(period)}],
        "dims": list(dims),
        "keys": None if keys is None else list(keys),
        "names": None if single and of_months is None else [*chain(*astuple(names), of_months or ())],
        "of_months": None if of_months is None else list(of_months),
        **{name: list(found) for name, found in asdict(names).items()},
        "short": short,
        "of": [i for i, _month, _far in later],
        "later": [month for _i, month, _far in later],
        "far": [far for _i, _month, far in later],
    }
    asking = ADDED_BESIDE if later and (names.counted or names.staying) else ADDED
    return {(asked.periods[i - 1], dim, key): read_sums(text) for i, dim, key, text in asking.rows(params)}
