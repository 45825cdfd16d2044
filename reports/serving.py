"""What serving clients costs: minutes of contacts at the cost of an hour, kept by month beside the other facts.

Units of a client and month, and their sums by the client's tier. They stand in the cube under dimensions of their own,
which only pages read that may tell what an hour costs.
"""

from __future__ import annotations

from typing import Any

from clients.metrics import CLIENTS, SOME, UNIT_TRAITS, on_day
from core.figures import Part, Question
from reports import facts, heard

#: The cost of an hour of a person, by stretches of days.
HOUR = Part(
    "hour",
    """
    SELECT user_id, from_on, amount,
        lead(from_on, 1, '9999-12-31'::date) OVER (PARTITION BY user_id ORDER BY from_on) AS until_on
    FROM staff_hourlycost
    """,
)
#: Minutes of everybody who talked, at the cost of an hour in force on that day. Unknown where either is missing.
SERVED = Part(
    "served",
    f"""
    SELECT o.client_id, o.day, o.minutes, round(h.amount * o.minutes / 60, 16) AS cost FROM (
        SELECT o.client_id, (o.closed_at AT TIME ZONE %(zone)s)::date AS day, o.minutes, o.closed_by_id
        FROM work_touch o WHERE o.state = 'done' AND o.closed_at <= %(moment)s AND {SOME}
            AND (%(since)s::date IS NULL OR o.closed_at >= %(since)s::date::timestamp AT TIME ZONE %(zone)s)
            AND (%(until)s::date IS NULL OR o.closed_at < %(until)s::date::timestamp AT TIME ZONE %(zone)s)
    ) o LEFT JOIN hour h ON h.user_id = o.closed_by_id AND h.from_on <= o.day AND h.until_on > o.day
    """,
    (HOUR,),
)
#: n contacts, a what those cost of which it is known, b the others, c minutes. d is a, less than nought when nothing is
#: known; e the last day, 0 for a client who was the same through the whole month.
SERVED_UNITS = Part(
    "served_unit",
    f"""
    SELECT s.client_id, 'served' AS kind, s.month AS at, {UNIT_TRAITS.replace("x.", "s.")}, s.n, s.a, s.b, s.c,
        CASE WHEN s.n > s.b THEN s.a ELSE -1.0 END AS d,
        CASE WHEN s.from_day <= s.month AND s.until_day >= s.month + interval '1 month' THEN 0.0 ELSE s.last END AS e
    FROM (
        SELECT o.client_id, date_trunc('month', o.day::timestamp)::date AS month,
            {", ".join(f"any_value({name}) AS {name.removeprefix('x.')}" for name in UNIT_TRAITS.split(", "))},
            any_value(x.from_day) AS from_day, any_value(x.until_day) AS until_day, count(*)::numeric AS n,
            COALESCE(sum(o.cost), 0) AS a, count(*) FILTER (WHERE o.cost IS NULL)::numeric AS b,
            COALESCE(sum(o.minutes), 0)::numeric AS c, EXTRACT(DAY FROM max(o.day)) AS last
        FROM served o {on_day("o", "o.day")} GROUP BY o.client_id, 2, x.from_day
    ) s
    """,
    (SERVED,),
)
UNITS = {"served": SERVED_UNITS}

# --- sums -------------------------------------------------------------------------------------------------------------

SUMS = {"cost": "sum(u.a)", "known": "count(*) FILTER (WHERE u.n > u.b)", "unknown": "sum(u.b)",
        "minutes": "sum(u.c)"}  # fmt: skip
UNDER = "cost"
#: The tier of a client in several of them is that of his last contact.
_LAST_TIER = "(array_agg(x.tier ORDER BY x.e DESC))[1]"


def selects(explode: str) -> list[str]:
    """Rows of the cube (dim, key, month, name, value) made of the units here."""
    rows = f"reports_unit x {{explode}} WHERE x.kind = 'served' AND {CLIENTS.format(alias='x')} AND"
    several = "x.client_id IN (SELECT client_id FROM several)"
    steady = f"SELECT x.at AS i, x.*, x.tier AS label FROM {rows.format(explode='')} NOT {several}"
    others = (
        f"SELECT g.dim, g.key, x.at AS i, sum(x.n) AS n, sum(x.a) AS a, sum(x.b) AS b, sum(x.c) AS c, {_LAST_TIER} AS label"
        f" FROM {rows.format(explode=explode)} {several} AND g.key IS NOT NULL GROUP BY g.dim, g.key, x.at, x.client_id"
    )
    pairs = heard.pairs(SUMS, "k.label || '_' || ")
    summed = f"SELECT u.dim, u.key, u.i AS month, u.label, {heard.columns(SUMS)} FROM ({others}) u GROUP BY u.dim, u.key, u.i, u.label"
    return [heard.by_name(steady, SUMS, under=UNDER), heard.unpivoted(summed, pairs, under=UNDER)]


# --- read -------------------------------------------------------------------------------------------------------------

#: Whoever was the same through the month stands in the order of the index; what the few others cost is added up first.
DEAREST = f"""
    SELECT s.client_id, s.a, s.n::bigint, s.b, s.c, s.tier, c.name FROM (
        SELECT * FROM (
            (SELECT x.client_id, x.d, x.a, x.n, x.b, x.c, x.tier FROM reports_unit x
            WHERE x.kind = 'served' AND x.at = %(month)s AND x.e = 0 AND {{chosen}}
            ORDER BY x.d DESC, x.client_id LIMIT %(size)s + %(after)s)
            UNION ALL
            SELECT x.client_id, CASE WHEN sum(x.n) > sum(x.b) THEN sum(x.a) ELSE -1 END, sum(x.a), sum(x.n), sum(x.b),
                sum(x.c), {_LAST_TIER}
            FROM reports_unit x WHERE x.kind = 'served' AND x.at = %(month)s AND x.e > 0 AND {{chosen}} GROUP BY x.client_id
        ) s ORDER BY s.d DESC, s.client_id LIMIT %(size)s OFFSET %(after)s
    ) s JOIN clients_client c ON c.id = s.client_id ORDER BY s.d DESC, s.client_id
"""
BY_TIER = f"""
    SELECT NULL::bigint, t.cost, t.known::bigint, t.unknown, t.minutes, t.tier, '' FROM (
        SELECT split_part(name, '_', 1) AS tier,
            {", ".join(f"COALESCE(sum(value) FILTER (WHERE split_part(name, '_', 2) = '{name}'), 0) AS {name}" for name in SUMS)}
        FROM reports_cube WHERE dim = %(dim)s AND key = %(key)s AND month = %(month)s GROUP BY 1
    ) t UNION ALL SELECT * FROM ({DEAREST}) d
"""


def where_kept(asked: Question) -> dict[str, Any] | None:
    """Values of the statements above, if one month under at most one filter or within a book is asked for."""
    cell = facts.cell_of(asked.segment)
    [period] = asked.periods
    if cell is None or not period.one_month:
        return None
    return {"dim": f"{UNDER}{cell[0][:1]}", "key": cell[1], "month": period.start}
