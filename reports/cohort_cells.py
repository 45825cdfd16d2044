"""How many of each month's newcomers were there in each later month: kept beside the cube, over everybody and over each
manager and tier.

Months that are over by the end of the day are kept. They change only where something is dated back, so a client whose
facts are derived anew is counted here only if what he was in those months moved.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from core.figures import Period

#: The unit that says when a client was new, and the months in which he was there: of clients {of}, before {this}.
#: Buyers month by month; of contracts, which go on for long, the months in which they begin (+1) and are no more (−1). A
#: run that begins in the month in which the one before ended begins in the next one.
THERE = {
    "orders": """
        SELECT DISTINCT x.client_id, date_trunc('month', x.at::timestamp)::date AS first, o.at AS month, x.manager_id, x.tier,
            1 AS n
        FROM reports_unit x JOIN reports_unit o ON o.client_id = x.client_id AND o.kind = 'order' AND o.at < {this} AND {of_o}
        WHERE x.kind = 'first' AND x.at < {this} AND {of_x}
    """,
    "contracts": """
        SELECT x.client_id, date_trunc('month', x.at::timestamp)::date AS first, v.month, x.manager_id, x.tier, v.n
        FROM reports_unit x JOIN (
            SELECT r.client_id, GREATEST(r.begins, lag(r.ends) OVER (PARTITION BY r.client_id ORDER BY r.from_day)) AS begins,
                r.ends
            FROM (
                SELECT o.client_id, o.from_day, date_trunc('month', o.from_day::timestamp)::date AS begins,
                    (date_trunc('month', o.until_day::timestamp - interval '1 day') + interval '1 month')::date AS ends
                FROM reports_run o WHERE o.from_day < {this} AND {of_o}
            ) r
        ) r ON r.client_id = x.client_id CROSS JOIN LATERAL (VALUES (r.begins, 1), (r.ends, -1)) AS v (month, n)
        WHERE x.kind = 'start' AND x.at < {this} AND {of_x} AND r.begins < r.ends AND v.month < {this}
    """,
}
DIMS = ("", "manager", "tier")
_CELLS = """
    SELECT '{basis}' AS basis, CASE GROUPING(manager_id, tier) WHEN 3 THEN '' WHEN 1 THEN 'manager' ELSE 'tier' END AS dim,
        CASE GROUPING(manager_id, tier) WHEN 3 THEN '' WHEN 1 THEN manager_id::text ELSE tier END AS key, first, month,
        {sign}sum(n) AS number
    FROM ({there}) t GROUP BY GROUPING SETS ((first, month), (first, month, manager_id), (first, month, tier))
"""
_COLUMNS = "basis, dim, key, first, month, number"
_SOME = "{alias}.client_id = ANY((SELECT clients FROM reports_newcomer WHERE basis = '{basis}')::bigint[])"
_STAGES = """
    CREATE TEMPORARY TABLE IF NOT EXISTS reports_newcomer (basis text, clients bigint[]) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS reports_gone_cohort
        (basis text, dim text, key text, first date, month date, number bigint) ON COMMIT DELETE ROWS;
    TRUNCATE reports_newcomer, reports_gone_cohort
"""
#: Of runs only those who ever began with a contract, which moved itself or stands as it was; whose he was on his first
#: day stands with the unit.
_NEWCOMERS = """
    INSERT INTO reports_newcomer SELECT basis, array_agg(client_id) FROM (
        SELECT CASE kind WHEN 'start' THEN 'contracts' ELSE 'orders' END AS basis, client_id FROM reports_moved_unit
        WHERE kind IN ('first', 'start') OR kind = 'order' AND month < %(this)s
        UNION SELECT 'contracts', m.client_id
        FROM reports_moved m JOIN reports_unit u ON u.client_id = m.client_id AND u.kind = 'start'
        WHERE u.client_id = ANY((SELECT clients FROM reports_asked)::bigint[])
    ) c GROUP BY basis
"""


def _cells(*, sign: str = "", some: bool) -> str:
    selects = []
    for basis, there in THERE.items():
        of = {f"of_{alias}": _SOME.format(alias=alias, basis=basis) if some else "TRUE" for alias in ("x", "o")}
        selects.append(_CELLS.format(basis=basis, sign=sign, there=there.format(this="%(this)s", **of)))
    united = "\nUNION ALL\n".join(selects)
    return f"SELECT {_COLUMNS} FROM ({united}) c WHERE key IS NOT NULL"  # noqa: S608 - constants only


_GONE = f"INSERT INTO reports_gone_cohort ({_COLUMNS}) {_cells(sign='-', some=True)}"
_COME = f"""
    INSERT INTO reports_cohort AS c ({_COLUMNS})
    SELECT basis, dim, key, first, month, sum(number) FROM (
        SELECT {_COLUMNS} FROM reports_gone_cohort UNION ALL {_cells(some=True)}
    ) d GROUP BY basis, dim, key, first, month HAVING sum(number) <> 0
    ON CONFLICT (basis, dim, key, first, month) DO UPDATE SET number = c.number + EXCLUDED.number
"""  # noqa: S608 - constants only
_ALL = f"INSERT INTO reports_cohort ({_COLUMNS}) {_cells(some=False)}"


def boundary(day: date) -> date:
    """The first month that is not over by the end of the day."""
    return (day + timedelta(days=1)).replace(day=1)


def leave(cursor: Any, *, before: date, now: date) -> bool:
    """Once it is known which facts differ and before they go: what these clients were counted for, if they are."""
    cursor.execute(_STAGES)
    cursor.execute(_NEWCOMERS, {"this": boundary(now)})
    if not cursor.rowcount:
        return False
    cursor.execute(_GONE, {"this": boundary(before)})
    return True


def enter(cursor: Any, *, now: date) -> None:
    """Once the new facts stand: what they are counted for now, less what they were."""
    cursor.execute(_COME, {"this": boundary(now)})


def count_all(cursor: Any, *, now: date) -> None:
    cursor.execute("DELETE FROM reports_cohort")
    cursor.execute(_ALL, {"this": boundary(now)})


#: Of closed months, less those who wait to be taken in.
_CELLS_KEPT = """
    SELECT first, month, sum(number) AS number FROM (
        SELECT first, month, number FROM reports_cohort
        WHERE basis = '{basis}' AND dim = '{dim}' AND key = %(key)s AND first >= %(start)s AND first < %(end)s
        UNION ALL SELECT first, month, -n FROM ({gone}) g WHERE first >= %(start)s AND first < %(end)s AND {chosen}
    ) c WHERE month < %(end)s GROUP BY first, month
"""
_THERE_IN = {
    "orders": "SELECT first, month, number FROM cell",
    "contracts": """
        SELECT f.first, m.month::date, sum(c.number) FROM (SELECT DISTINCT first FROM cell) f
        CROSS JOIN LATERAL generate_series(f.first, LEAST(%(end)s, %(this)s)::timestamp - interval '1 day', '1 month') AS m (month)
        JOIN cell c ON c.first = f.first AND c.month <= m.month GROUP BY f.first, m.month
    """,
}
#: And {young}, who came later. All of one moment.
_KEPT = """
    WITH cell AS ({cells})
    SELECT first, month, sum(number)::int FROM ({there} UNION ALL SELECT * FROM ({young}) y) AS c (first, month, number)
    GROUP BY first, month HAVING sum(number) <> 0
"""
_CHOSEN = {"": "TRUE", "manager": "manager_id::text = %(key)s", "tier": "tier = %(key)s"}


def kept(
    basis: str, cell: tuple[str, str], counting: str, period: Period, *, today: date
) -> tuple[str, dict[str, Any]]:
    """The statement and its further values; ``counting`` is the one that counts the derived rows from %(start)s on."""
    dim, key = cell
    waiting = {f"of_{alias}": f"{alias}.client_id = ANY(%(waiting)s::bigint[])" for alias in ("x", "o")}
    gone = THERE[basis].format(this="%(this)s", **waiting)
    cells = _CELLS_KEPT.format(basis=basis, dim=dim, gone=gone, chosen=_CHOSEN[dim])
    sql = _KEPT.format(cells=cells, there=_THERE_IN[basis], young=counting.replace("%(start)s", "%(young)s"))
    closed = boundary(today)
    return sql, {"key": key, "this": closed, "young": max(period.start, closed)}
