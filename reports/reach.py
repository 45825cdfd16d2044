"""Who was in contact within twelve months, for every month: steps up and down with running totals between them.

Months with contact of a client, one after another: a month m is within reach from m to eleven months on. So a client is
in contact from each m until a year after it, and in contact again from m until a year after m where m has two days, else
until a year after the month before. These ends only move forward, so what such a month adds to the one before it begins
and ends once: of a client who comes regularly all but his first and last months leave no step. Under a filter the months
are those in which he had its value, so a step belongs to all his months together and never to one alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from core.figures import Part, with_parts
from feedback.metrics import CONTACTS, YEAR
from reports import tables
from reports.cube import over_months
from reports.each import CHOSEN, SEVERAL, by_each
from reports.statements import EXPLODE

SUMS = tuple(CONTACTS.sums)

#: First days of months are 365 or 366 days apart after a year, fewer than 338 after eleven months, more than 392 after
#: thirteen: days tell whether a month lies within a year of another, begins right after it, or later.
_BEFORE_A_YEAR_ENDS = "< 365"
_AFTER_A_YEAR = "> 366"


def _steps(keys: str, months: str) -> str:
    """``base`` is the month whose year being in contact again lasts for."""
    return f"""
        SELECT {keys}, v.month, v.once, v.again FROM (
            SELECT *, before IS NULL OR month - before {_AFTER_A_YEAR} AS comes,
                next IS NULL OR next - month {_AFTER_A_YEAR} AS goes,
                month - base {_BEFORE_A_YEAR_ENDS}
                    AND (base_before IS NULL OR month - base_before {_AFTER_A_YEAR}) AS comes_again,
                month - base {_BEFORE_A_YEAR_ENDS} AND (next IS NULL OR next - base {_AFTER_A_YEAR}
                    OR next - base_next >= 365) AS goes_again
            FROM (
                SELECT {keys}, month, before, next, CASE WHEN days >= 2 THEN month ELSE before END AS base,
                    CASE WHEN days_before >= 2 THEN before ELSE long_before END AS base_before,
                    CASE WHEN days_next >= 2 THEN next ELSE month END AS base_next
                FROM (
                    SELECT {keys}, month, days, LAG(month) OVER w AS before, LAG(days) OVER w AS days_before,
                        LAG(month, 2) OVER w AS long_before, LEAD(month) OVER w AS next, LEAD(days) OVER w AS days_next
                    FROM {months} WINDOW w AS (PARTITION BY {keys} ORDER BY month)
                ) n
            ) b
        ) f CROSS JOIN LATERAL (VALUES
            (month, comes::int, comes_again::int),
            ((month + {YEAR})::date, -goes::int, 0),
            ((base + {YEAR})::date, 0, -goes_again::int)
        ) AS v(month, once, again)
        WHERE (comes OR goes OR comes_again OR goes_again) AND (v.once <> 0 OR v.again <> 0)
    """


def _changes(stage: str = "") -> tuple[tuple[Part, ...], str]:
    """Steps by dim, key and month, several rows of each. Of clients at work the months were put aside beforehand."""
    months = f"reports_contact x WHERE {CHOSEN}" if stage else f"reports_unit x WHERE {tables.IN_CONTACT} AND {CHOSEN}"
    several, steady, other, step = (
        f"{name}{stage}" for name in ("several", "steady_month", "other_month", "steady_step")
    )
    parts = (
        Part(several, SEVERAL.sql),
        Part(
            steady,
            f"""
            SELECT x.client_id, x.at AS month, sum(x.c) AS days FROM {months}
                AND x.client_id NOT IN (SELECT client_id FROM {several})
            GROUP BY x.client_id, x.at
            """,
        ),
        Part(
            other,
            f"""
            SELECT x.client_id, g.dim, g.key, x.at AS month, sum(x.c) AS days FROM {months.replace(" WHERE", f" {EXPLODE} WHERE")}
                AND x.client_id IN (SELECT client_id FROM {several}) AND g.key IS NOT NULL
            GROUP BY x.client_id, g.dim, g.key, x.at
            """,
        ),
        Part(
            step,
            f"""
            SELECT x.manager_id, x.tier, x.industry_id, x.region_id, s.month AS i, s.once, s.again
            FROM ({_steps("client_id", steady)}) s JOIN reports_trait x ON x.client_id = s.client_id
            """,
        ),
    )
    sums = {"once": "sum(u.once)", "again": "sum(u.again)"}
    return (
        parts,
        f"""
        {by_each(f"SELECT * FROM {step}", sums)}
        UNION ALL SELECT dim, key, month, once, again FROM ({_steps("client_id, dim, key", other)}) o
    """,
    )


@cache
def reach_sql() -> str:
    """Rows of the cube as ``cube_sql`` gives them."""
    return _sums(*_changes())


@cache
def reach_difference_sql() -> str:
    """Of clients at work: what they are counted for now, less what they were. Steps that stayed go before they are
    followed through the months.
    """
    (gone_parts, gone), (come_parts, come) = _changes("_gone"), _changes("_come")
    parts = [Part(part.name, tables.over(part.sql, **tables.BEFORE)) for part in gone_parts]
    parts += [Part(part.name, tables.over(part.sql, **tables.AFTER)) for part in come_parts]
    return _sums(parts, f"{come} UNION ALL SELECT dim, key, month, -once, -again FROM ({gone}) g")


def _sums(parts: Sequence[Part], changes: str) -> str:
    change = f"""
        SELECT dim, key, month, sum(once) AS once, sum(again) AS again FROM ({changes}) s
        GROUP BY dim, key, month HAVING sum(once) <> 0 OR sum(again) <> 0
    """
    pairs = ", ".join(f"('{name}', t.{column})" for name, column in zip(SUMS, ("once", "again"), strict=True))
    return with_parts(
        [*parts, Part("reach_change", change)],
        f"SELECT t.dim, t.key, t.month, v.name, v.value::numeric"
        f" FROM ({over_months('reach_change', ('once', 'again'), until='g.last')}) t"
        f" CROSS JOIN LATERAL (VALUES {pairs}) AS v(name, value) WHERE v.value <> 0",
    )
