"""Sums of open renewals by column or day: of the kept tally, and of the renewals themselves where a day was written to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from django.db import connection

from retention.queries.renewals.listing import RenewalFilter
from retention.rules.contracts import shift_months
from retention.rules.renewals import TERMS, term_days

#: What a tally is kept by, each for itself and any two together; three filters at once are counted from the renewals.
DIMS: Mapping[str, str] = {
    "manager": "s.owner_id::text",
    "tier": "c.tier",
    "signal": "r.signal",
    "opinion": "r.opinion",
}
MOST_TOGETHER = 2
TOGETHER = tuple(names for size in range(MOST_TOGETHER + 1) for names in combinations(DIMS, size))
OPEN = """retention_renewal r JOIN clients_contract k ON k.id = r.contract_id JOIN clients_client c ON c.id = r.client_id
    LEFT JOIN clients_clientstanding s ON s.client_id = r.client_id"""
#: How many cards a column of a board has.
CARDS = 9
PER_DAY = 3  # and how many a day of the calendar
COUNTED = "count(*), COALESCE(sum(k.amount), 0), sum(r.monthly_value)"
_LATE = "SELECT m.due_on FROM retention_tallymark m"


def dim_of(names: Iterable[str]) -> str:
    """Under which the renewals that share these stand in the tally."""
    return "+".join(names)


def key_of(values: Iterable[str]) -> str:
    return ":".join(values)


@dataclass(frozen=True, slots=True)
class Sums:
    count: int
    amount: Decimal
    monthly: Decimal


def is_tallied(wanted: RenewalFilter) -> bool:
    return wanted.state == "open" and not wanted.mark and len(_asked(wanted)) <= MOST_TOGETHER


def _asked(wanted: RenewalFilter) -> dict[str, str]:
    values = {name: str(getattr(wanted, name) or "") for name in DIMS}
    return {name: "" if value == "none" else value for name, value in values.items() if value}


def is_narrow(wanted: RenewalFilter) -> bool:
    """Under fewer filters a day's dearest are soon met in the index of days."""
    return len(_asked(wanted)) > 1


def firsts(wanted: RenewalFilter, *, today: date, where: str = "") -> tuple[str, list[Any]]:
    """SQL of the keys ``f.ids`` of the first renewals of column ``b``, however rare those of the filter are.

    Day by day as the sums: of the tally, and of the renewals themselves where a day was written to. ``where`` narrows
    ``t``, a cell of the tally or a renewal, to the column.
    """
    asked = _asked(wanted)
    of_rows = "".join(f" AND {DIMS[name]} = %s" for name in asked)
    inside = f"t.due_on BETWEEN GREATEST(b.first, %s) AND LEAST(b.last, %s) AND (%s = '' OR t.stage = %s){where}"
    days = [*_days(wanted, today, None), wanted.stage, wanted.stage]
    sql = f"""
        SELECT array_agg(n.id) AS ids FROM (
            (SELECT t.due_on, u.id FROM retention_renewaltally t CROSS JOIN LATERAL unnest(t.firsts) AS u (id)
             WHERE t.dim = %s AND t.key = %s AND {inside} AND t.due_on NOT IN ({_LATE})
             ORDER BY t.due_on, u.id LIMIT {CARDS})
            UNION ALL
            (SELECT l.* FROM (SELECT DISTINCT due_on FROM ({_LATE}) m) m CROSS JOIN LATERAL (
                SELECT t.due_on, t.id FROM (SELECT r.due_on, r.id, r.stage FROM {OPEN}
                    WHERE r.outcome = '' AND r.due_on = m.due_on{of_rows}) t
                WHERE {inside} ORDER BY t.id LIMIT {CARDS}
            ) l)
            ORDER BY due_on, id LIMIT {CARDS}
        ) n
    """  # noqa: S608 - constants only
    return sql, [dim_of(asked), key_of(asked.values()), *days, *asked.values(), *days]


def dearest(wanted: RenewalFilter) -> tuple[str, list[Any]]:
    """SQL of the keys ``f.ids`` among which the dearest renewals of day ``b.first`` are."""
    asked = _asked(wanted)
    of_rows = "".join(f" AND {DIMS[name]} = %s" for name in asked)
    sql = f"""
        SELECT array_agg(n.id) AS ids FROM (
            SELECT u.id FROM retention_renewaltally t CROSS JOIN LATERAL unnest(t.dearest) AS u (id)
            WHERE t.dim = %s AND t.key = %s AND t.due_on = b.first AND (%s = '' OR t.stage = %s)
              AND t.due_on NOT IN ({_LATE})
            UNION ALL
            SELECT r.id FROM {OPEN} WHERE r.outcome = '' AND r.due_on = b.first AND b.first IN ({_LATE}){of_rows}
              AND (%s = '' OR r.stage = %s)
        ) n
    """  # noqa: S608 - constants only
    stage = [wanted.stage, wanted.stage]
    return sql, [dim_of(asked), key_of(asked.values()), *stage, *asked.values(), *stage]


def by_term(wanted: RenewalFilter, *, today: date) -> dict[str, Sums]:
    cases, days = [], dict[str, Any]()
    for term in TERMS:
        first, last = term_days(term, today=today)
        days |= {f"{term}_first": first or date.min, f"{term}_last": last or date.max}
        cases.append(f"WHEN t.due_on BETWEEN %({term}_first)s AND %({term}_last)s THEN '{term}'")
    return _summed(f"CASE {' '.join(cases)} END", wanted, today=today, values=days)


def by_stage(wanted: RenewalFilter, *, today: date) -> dict[str, Sums]:
    return _summed("t.stage", wanted, today=today, values={})


def by_day(wanted: RenewalFilter, *, month: date, today: date) -> dict[date, Sums]:
    """Of the days of the month that something is due on."""
    return _summed("t.due_on", wanted, today=today, values={}, month=month)


def _summed(
    column: str, wanted: RenewalFilter, *, today: date, values: dict[str, Any], month: date | None = None
) -> dict[Any, Sums]:
    asked = _asked(wanted)
    of_rows = "".join(f" AND {DIMS[name]} = %(is_{name})s" for name in asked)
    # Day by day, however few the filters leave: where no day was written to, no renewal is looked at.
    sql = f"""
        SELECT {column}, sum(t.number), sum(t.amount), sum(t.monthly) FROM (
            SELECT k.due_on, k.stage, k.number, k.amount, k.monthly FROM retention_renewaltally k
            WHERE k.dim = %(dim)s AND k.key = %(key)s AND k.due_on NOT IN ({_LATE})
            UNION ALL
            SELECT l.* FROM (SELECT DISTINCT due_on FROM ({_LATE}) m) m CROSS JOIN LATERAL (
                SELECT r.due_on, r.stage, {COUNTED} FROM {OPEN}
                WHERE r.outcome = '' AND r.due_on = m.due_on {of_rows} GROUP BY r.due_on, r.stage OFFSET 0
            ) l
        ) AS t (due_on, stage, number, amount, monthly)
        WHERE t.due_on BETWEEN %(first)s AND %(last)s AND (%(stage)s = '' OR t.stage = %(stage)s) GROUP BY 1
    """  # noqa: S608 - constants only
    first, last = _days(wanted, today, month)
    with connection.cursor() as cursor:
        cell = {
            "dim": dim_of(asked),
            "key": key_of(asked.values()),
            **{f"is_{name}": is_ for name, is_ in asked.items()},
        }
        cursor.execute(sql, {**cell, "first": first, "last": last, "stage": wanted.stage, **values})
        return {found: Sums(int(number), amount, monthly) for found, number, amount, monthly in cursor.fetchall()}


def _days(wanted: RenewalFilter, today: date, month: date | None) -> tuple[date, date]:
    """First and last due day of everything that is asked together."""
    firsts, lasts = [date.min], [date.max]
    if wanted.term:
        first, last = term_days(wanted.term, today=today)
        firsts.append(first or date.min)
        lasts.append(last or date.max)
    for one in (wanted.month, month):
        if one:
            firsts.append(one)
            lasts.append(shift_months(one, 1) - date.resolution)
    return max(firsts), min(lasts)
