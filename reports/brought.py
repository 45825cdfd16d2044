"""Everybody in the order of what he has brought, and where in it the segments A, B and C end: kept beside the cube.

A brought the first 80 % of all the money, B the next 15 %, C the rest: over everybody, and over each manager, tier,
industry, region and book. Who is the last one of a segment only the whole order tells. With him are kept the sums of all
down to him: when clients change, they tell on which side of him the end lies now, and it is a few steps away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.figures import Segment
from reports import facts, tables
from reports.each import by_each
from reports.statements import EXPLODE

#: Shares of everything that clients have brought at which the segments A and B end; the rest is C.
SEGMENT_ENDS = {"A": "0.80", "B": "0.95"}

#: How the clients of one cell are found.
_CELLS = {
    "": "TRUE",
    "manager": "o.manager_id = {key}::bigint",
    "tier": "o.tier = {key}",
    "industry": "o.industry_id = {key}::bigint",
    "region": "o.region_id = {key}::bigint",
    "book": "o.manager_id = split_part({key}, ':', 1)::bigint AND o.tier = split_part({key}, ':', 2)",
}
_DOWN = "ORDER BY o.less, o.client_id"
_UP = "ORDER BY o.less DESC, o.client_id DESC"

# --- all of them ------------------------------------------------------------------------------------------------------

_CLIENTS = "reports_brought (client_id, manager_id, tier, industry_id, region_id, less, margin, orders)"
_OF_UNITS = "SELECT u.client_id, u.manager_id, u.tier, u.industry_id, u.region_id, -u.a, u.b, u.c FROM {units} u WHERE u.kind = 'ltv'"
_SUMS = "reports_broughtsum (dim, key, segment, last_less, last_client, clients, money, margin, orders)"
_ADDED = ("clients", "money", "margin", "orders")
_SHARES = ", ".join(f"('{name}', {share})" for name, share in SEGMENT_ENDS.items())
_HEAP = by_each(
    "SELECT o.*, floor(10 * sqrt(sqrt(-(o.less::float8))))::int AS i FROM reports_brought o",
    {"last_less": "max(u.less)", "clients": "count(*)", "money": "sum(-u.less)", "margin": "sum(u.margin)",
     "orders": "sum(u.orders)"},
    {"height": "u.i"},
)  # fmt: skip
#: Clients in heaps of about equal money, as roots tell without ever changing an order: each end is laid to the end of the
#: heap that it lies in, whoever may be the last there.
_HEAPS = f"""
    INSERT INTO {_SUMS}
    SELECT DISTINCT ON (h.dim, h.key, e.segment) h.dim, h.key, e.segment, CASE WHEN e.share < 1 THEN h.last_less END,
        CASE WHEN e.share < 1 THEN {2**63 - 1} END, {", ".join(f"h.{name}" for name in _ADDED)}
    FROM (
        SELECT u.dim, u.key, u.last_less, sum(u.money) OVER (PARTITION BY u.dim, u.key) AS total,
            {", ".join(f"sum(u.{name}) OVER down AS {name}" for name in _ADDED)}
        FROM (
            SELECT dim, key, height, max(last_less) AS last_less, {", ".join(f"sum({name}) AS {name}" for name in _ADDED)}
            FROM ({_HEAP}) o GROUP BY dim, key, height
        ) u WINDOW down AS (PARTITION BY u.dim, u.key ORDER BY u.height DESC)
    ) h JOIN (VALUES {_SHARES}, ('C', 1.00)) AS e (segment, share) ON h.money >= h.total * e.share
    ORDER BY h.dim, h.key, e.segment, h.money
    RETURNING dim, key
"""


def rank_all(cursor: Any, **stages: str) -> None:
    """Everybody anew out of the units of these stages, in a table that waits to be swapped in."""
    tables.create_next(cursor, "brought")
    clients = f"INSERT INTO {_CLIENTS} {_OF_UNITS.format(units='reports_unit')}"
    cursor.execute(tables.over(clients, **stages, brought="next"))
    tables.index_next(cursor, "brought")
    cursor.execute("DELETE FROM reports_broughtsum")
    cursor.execute(tables.over(_HEAPS, brought="next"))
    _settle(cursor, cursor.fetchall(), brought="next")


# --- those of some clients --------------------------------------------------------------------------------------------

_GO = """
    DELETE FROM reports_brought WHERE client_id = ANY(ARRAY(SELECT client_id FROM reports_gone_unit WHERE kind = 'ltv'))
"""
_COME = f"INSERT INTO {_CLIENTS} {_OF_UNITS.format(units='reports_come_unit')}"
_MOVED = "u.client_id, u.manager_id, u.tier, u.industry_id, u.region_id, -u.a AS less"
#: Each stands above or below the ends as they were; a cell that is new begins without any.
_CHANGE = f"""
    WITH moved AS (
        SELECT g.dim, g.key,
            CASE WHEN (x.less, x.client_id) <= (e.a_less, e.a_client) THEN 'A'
                WHEN (x.less, x.client_id) <= (e.b_less, e.b_client) THEN 'B' ELSE 'C' END AS segment,
            {", ".join(f"sum(x.{name}) AS {name}" for name in _ADDED)}
        FROM (
            SELECT {_MOVED}, -1 AS clients, -u.a AS money, -u.b AS margin, -u.c AS orders
            FROM reports_gone_unit u WHERE u.kind = 'ltv'
            UNION ALL SELECT {_MOVED}, 1, u.a, u.b, u.c FROM reports_come_unit u WHERE u.kind = 'ltv'
        ) x {EXPLODE} LEFT JOIN (
            SELECT a.dim, a.key, a.last_less AS a_less, a.last_client AS a_client, b.last_less AS b_less,
                b.last_client AS b_client
            FROM reports_broughtsum a JOIN reports_broughtsum b ON b.dim = a.dim AND b.key = a.key AND b.segment = 'B'
            WHERE a.segment = 'A'
        ) e ON e.dim = g.dim AND e.key = g.key
        WHERE g.key IS NOT NULL GROUP BY 1, 2, 3
    )
    INSERT INTO {_SUMS.replace(" ", " AS s ", 1)}
    SELECT m.dim, m.key, e.segment, NULL, NULL,
        {", ".join(f"COALESCE(sum(m.{name}) FILTER (WHERE m.segment <= e.segment), 0)" for name in _ADDED)}
    FROM moved m CROSS JOIN (VALUES ('A'), ('B'), ('C')) AS e (segment) GROUP BY m.dim, m.key, e.segment
    ON CONFLICT (dim, key, segment) DO UPDATE SET {", ".join(f"{name} = s.{name} + EXCLUDED.{name}" for name in _ADDED)}
    RETURNING dim, key
"""
_LEFT = """
    DELETE FROM reports_broughtsum s USING reports_broughtsum t
    WHERE t.dim = s.dim AND t.key = s.key AND t.segment = 'C' AND t.clients = 0
"""
_WANTED = " ".join(f"WHEN '{name}' THEN {share}" for name, share in SEGMENT_ENDS.items())
#: From where the end was on to where it is, with what all on the way bring; the other way round, with what they take.
_STEPS = """
    (SELECT * FROM (
        SELECT o.less, o.client_id, row_number() OVER way AS clients, -sum(o.less) OVER way AS money,
            sum(o.margin) OVER way AS margin, sum(o.orders) OVER way AS orders
        FROM reports_brought o WHERE c.money < c.wanted AND {cell}
            AND (o.less, o.client_id) > (COALESCE(c.last_less, '-Infinity'), COALESCE(c.last_client, 0))
        WINDOW way AS ({down} ROWS UNBOUNDED PRECEDING)
    ) o WHERE c.money + o.money >= c.wanted {down} LIMIT 1)
    UNION ALL
    (SELECT * FROM (
        SELECT o.less, o.client_id, 1 - row_number() OVER way AS clients, sum(o.less) OVER way - o.less AS money,
            o.margin - sum(o.margin) OVER way AS margin, o.orders - sum(o.orders) OVER way AS orders
        FROM reports_brought o WHERE c.money >= c.wanted AND {cell} AND (o.less, o.client_id) <= (c.last_less, c.last_client)
        WINDOW way AS ({up} ROWS UNBOUNDED PRECEDING)
    ) o WHERE c.money + o.money + o.less < c.wanted {up} LIMIT 1)
"""


def _settled(dim: str) -> str:
    steps = _STEPS.format(cell=_CELLS[dim].format(key="c.key"), down=_DOWN, up=_UP)
    return f"""
        SELECT c.dim, c.key, c.segment, c.last_less, c.last_client, n.* FROM (
            SELECT s.*, t.money * CASE s.segment {_WANTED} END AS wanted
            FROM reports_broughtsum s JOIN reports_broughtsum t ON t.dim = s.dim AND t.key = s.key AND t.segment = 'C'
            WHERE s.dim = '{dim}' AND s.key = ANY(%({dim or "all"})s::text[]) AND s.segment <> 'C'
        ) c CROSS JOIN LATERAL ({steps}) n
    """


_SETTLE = f"""
    UPDATE reports_broughtsum s SET last_less = n.less, last_client = n.client_id,
        {", ".join(f"{name} = s.{name} + n.{name}" for name in _ADDED)}
    FROM ({" UNION ALL ".join(_settled(dim) for dim in _CELLS)}) n
    WHERE s.dim = n.dim AND s.key = n.key AND s.segment = n.segment
        AND (n.less, n.client_id) IS DISTINCT FROM (n.last_less, n.last_client)
"""


def take_over(cursor: Any) -> None:
    """Once it is known which units went and which came: who stands where, and where segments end now."""
    cursor.execute(_CHANGE)
    touched = cursor.fetchall()
    if not touched:
        return
    cursor.execute(_GO)
    cursor.execute(_COME)
    cursor.execute(_LEFT)
    _settle(cursor, touched)


def _settle(cursor: Any, touched: Iterable[tuple[str, str]], **stages: str) -> None:
    keys: dict[str, set[str]] = {dim: set() for dim in _CELLS}
    for dim, key in touched:
        keys[dim].add(key)
    # A few steps along an index for each end; statements around this one join whole sets.
    sql = f"SET LOCAL enable_nestloop = on; {tables.over(_SETTLE, **stages)}; SET LOCAL enable_nestloop = off"
    cursor.execute(sql, {dim or "all": list(found) for dim, found in keys.items()})


# --- read -------------------------------------------------------------------------------------------------------------

#: Segment, manager, his name to log in and name, whether he has a page of his own, and the sums: of each segment, and of
#: each manager if nobody is left out.
_GROUPS = """
    SELECT g.segment, u.id, u.username, u.name, 'am' = ANY(u.roles), g.clients, g.money, g.margin, g.orders FROM (
        SELECT segment, NULL::bigint AS manager_id, {parts}
        FROM reports_broughtsum WHERE dim = %(dim)s AND key = %(key)s WINDOW before AS (ORDER BY segment)
        UNION ALL SELECT NULL, key::bigint, clients, money, margin, orders
        FROM reports_broughtsum WHERE dim = 'manager' AND segment = 'C' AND %(dim)s = ''
    ) g LEFT JOIN staff_user u ON u.id = g.manager_id ORDER BY u.name, u.id
""".format(parts=", ".join(f"{name} - lag({name}, 1, 0) OVER before AS {name}" for name in _ADDED))
_BOUNDS = {
    None: "TRUE",
    "A": "(o.less, o.client_id) <= (e.a_less, e.a_client)",
    "B": "(o.less, o.client_id) > (e.a_less, e.a_client) AND (o.less, o.client_id) <= (e.b_less, e.b_client)",
    "C": "(o.less, o.client_id) > (e.b_less, e.b_client)",
}
#: Client, money, margin, orders with known cost, segment and place, from one place on.
_EACH = f"""
    SELECT o.client_id, -o.less, o.margin, o.orders, CASE WHEN {_BOUNDS["A"]} THEN 'A' WHEN {_BOUNDS["B"]} THEN 'B' ELSE 'C' END,
        GREATEST(%(after)s, e.before) + row_number() OVER ({_DOWN}) AS place
    FROM (
        SELECT COALESCE(max(clients) FILTER (WHERE segment < %(segment)s), 0) AS before,
            max(last_less) FILTER (WHERE segment = 'A') AS a_less, max(last_client) FILTER (WHERE segment = 'A') AS a_client,
            max(last_less) FILTER (WHERE segment = 'B') AS b_less, max(last_client) FILTER (WHERE segment = 'B') AS b_client
        FROM reports_broughtsum WHERE dim = %(dim)s AND key = %(key)s
    ) e CROSS JOIN LATERAL (
        SELECT * FROM reports_brought o WHERE {{cell}} AND {{bounds}}
        {_DOWN} OFFSET GREATEST(%(after)s - e.before, 0) LIMIT %(size)s
    ) o ORDER BY place
"""


def groups(segment: Segment) -> tuple[str, dict[str, Any]] | None:
    """The statement that tells the groups, and its values; None where they are not kept."""
    cell = facts.cell_of(segment)
    return None if cell is None else (_GROUPS, {"dim": cell[0], "key": cell[1]})


def each(segment: Segment, of: str | None) -> tuple[str, dict[str, Any]] | None:
    """The statement that tells the clients of a segment or of all, and its values but for the page."""
    cell = facts.cell_of(segment)
    if cell is None:
        return None
    sql = _EACH.format(cell=_CELLS[cell[0]].format(key="%(key)s"), bounds=_BOUNDS[of])
    return sql, {"dim": cell[0], "key": cell[1], "segment": of}
