"""What is counted of contracts and of who stays, as SQL over every contract at once.

A run is a stretch of days on which a client is active with one monthly value.
"""

from __future__ import annotations

from clients.metrics import (
    DAY_IN_SIGHT,
    ORDER_DAY,
    ORDER_HAS_PRODUCT,
    ORDER_VALID,
    PERIOD,
    SOME,
    UNIT_ROWS,
    UNIT_TRAITS,
    VALID_ORDER,
    on_day,
)
from core.figures import Kind, Part
from retention.metrics.contracts import CHAIN, DUE, FOREVER, PLACES, SPAN, TANGLED, months_sql

STOP_DAYS = 29  # day 30 is the first start + 29 days

HAS_PRODUCT = "(%(product)s::bigint IS NULL OR %(product)s = ANY({alias}.products))"

#: a replaced, b renewed, c the old monthly value, d the kept part of it, e the new monthly value.
DUE_UNITS = Part(
    "due_unit",
    f"""
    SELECT u.client_id, 'due' AS kind, u.day AS at, {UNIT_TRAITS}, 1.0 AS n, u.replaced::int::numeric AS a,
        u.renewed::int::numeric AS b, u.mv AS c, CASE WHEN u.renewed THEN LEAST(u.mv, u.next_mv) ELSE 0.0 END AS d,
        CASE WHEN u.renewed THEN u.next_mv ELSE 0.0 END AS e
    FROM due u {on_day("u", "u.day")} WHERE {HAS_PRODUCT.format(alias="u")}
        AND {DAY_IN_SIGHT.format(alias="u")}
    """,
    (DUE,),
)

#: What is thought of an end, as r: the head's decision before the manager's opinion, that before the signal.
CHANCE = """CASE WHEN r.outcome = 'refused' THEN 'none'
    ELSE COALESCE(NULLIF(r.verdict, ''), NULLIF(r.opinion, ''), NULLIF(r.signal, ''), 'unsure') END"""
EXPECTED = ("likely", "unsure", "unlikely")

#: Ends that are not decided yet: the monthly value under what is thought of it, a likely, b unsure, c unlikely.
EXPECT_UNITS = Part(
    "expect_unit",
    f"""
    SELECT u.client_id, 'expect' AS kind, u.day AS at, {UNIT_TRAITS}, 1.0 AS n,
        {", ".join(f"CASE WHEN u.chance = '{word}' THEN u.mv ELSE 0.0 END AS {column}" for column, word in zip("abc", EXPECTED, strict=True))},
        0.0 AS d, 0.0 AS e
    FROM (
        SELECT d.client_id, d.day, d.mv, d.products, {CHANCE} AS chance
        FROM due d LEFT JOIN (SELECT * FROM retention_renewal o WHERE {SOME}) r ON r.contract_id = d.id AND r.turn = d.turn
        WHERE NOT d.replaced AND NOT d.renewed AND d.day + %(grace)s >= %(today)s
    ) u {on_day("u", "u.day")}
    WHERE u.chance <> 'none' AND {HAS_PRODUCT.format(alias="u")} AND {DAY_IN_SIGHT.format(alias="u")}
    """,
    (DUE,),
)

#: A client that came back after a refusal, on the first day of the new contract.
WINBACK_UNITS = Part(
    "winback_unit",
    f"""
    SELECT u.client_id, 'winback' AS kind, u.back_on AS at, {UNIT_TRAITS}, 1.0 AS n, 0.0 AS a, 0.0 AS b, 0.0 AS c,
        0.0 AS d, 0.0 AS e
    FROM due u {on_day("u", "u.back_on")}
    WHERE NOT u.replaced AND NOT u.renewed AND u.day + %(grace)s < %(today)s AND {HAS_PRODUCT.format(alias="u")}
    """,
    (DUE,),
)

FIRST_SPAN = Part("first_span", "SELECT client_id, start, products FROM chain WHERE place = 1", (CHAIN,))

HELD = Part(
    "held",
    f"""
    SELECT DISTINCT s.client_id FROM chain s JOIN first_span f ON f.client_id = s.client_id
        AND s.start <= f.start + {STOP_DAYS} AND s.finish >= f.start + {STOP_DAYS}
    """,
    (FIRST_SPAN,),
)

#: Somebody told within the same days that a campaign stopped or a project froze.
STOPPED = Part(
    "stopped",
    f"""
    SELECT DISTINCT z.client_id FROM retention_freeze z JOIN first_span f ON f.client_id = z.client_id
        AND z.stopped_on BETWEEN f.start AND LEAST(f.start + {STOP_DAYS}, %(today)s)
    """,
    (FIRST_SPAN,),
)

#: a = 1 when nothing covers day 30 of the client's first contract ever, b = 1 when a stop was told by then.
START_UNITS = Part(
    "start_unit",
    f"""
    SELECT f.client_id, 'start' AS kind, f.start AS at, {UNIT_TRAITS}, 1.0 AS n,
        CASE WHEN h.client_id IS NULL THEN 1.0 ELSE 0.0 END AS a,
        CASE WHEN z.client_id IS NULL THEN 0.0 ELSE 1.0 END AS b, 0.0 AS c, 0.0 AS d, 0.0 AS e
    FROM first_span f LEFT JOIN held h ON h.client_id = f.client_id
    LEFT JOIN stopped z ON z.client_id = f.client_id {on_day("f", "f.start")}
    WHERE {HAS_PRODUCT.format(alias="f")}
    """,
    (HELD, STOPPED),
)

#: What a client has brought to date: orders outside contracts, and the covered months of contracts; b the margin of his
#: c orders whose cost is known.
LTV_UNITS = Part(
    "ltv_unit",
    f"""
    SELECT v.client_id, 'ltv' AS kind, '0001-01-01'::date AS at, {UNIT_TRAITS}, 1.0 AS n, round(v.money, {PLACES}) AS a,
        COALESCE(m.margin, 0) AS b, COALESCE(m.orders, 0)::numeric AS c, 0.0 AS d, 0.0 AS e
    FROM (
        SELECT client_id, sum(money) AS money FROM (
            SELECT o.client_id, sum(o.net) AS money FROM valid_order o
            WHERE o.contract_id IS NULL AND {ORDER_HAS_PRODUCT} GROUP BY o.client_id
            UNION ALL
            SELECT s.client_id, s.mv * {months_sql("s.start", "LEAST(s.finish, %(today)s::date)")}
            FROM span s WHERE s.start <= %(today)s AND {HAS_PRODUCT.format(alias="s")}
        ) m GROUP BY client_id HAVING sum(money) > 0
    ) v {on_day("v", "%(today)s::date")} LEFT JOIN (
        SELECT o.client_id, sum(o.net - o.cost) AS margin, count(*) AS orders FROM valid_order o
        WHERE o.cost IS NOT NULL GROUP BY o.client_id
    ) m ON m.client_id = v.client_id
    """,
    (VALID_ORDER, SPAN),
)

# --- who is active, by stretches of days ------------------------------------------------------------------------------

CHANGE = Part(
    "change",
    f"""
    SELECT client_id, start AS day FROM tangled
    UNION SELECT client_id, finish + 1 FROM tangled WHERE finish < {FOREVER}
    """,
    (TANGLED,),
)

#: Covering spans of a client on a day, from the latest start on.
RANKED = Part(
    "ranked",
    """
    SELECT c.client_id, c.day, s.mv, s.products, row_number() OVER latest AS place, count(*) OVER day AS many,
        bool_or(%(product)s = ANY(s.products)) OVER day AS has
    FROM change c JOIN tangled s ON s.client_id = c.client_id AND s.start <= c.day AND s.finish >= c.day
    WINDOW latest AS (PARTITION BY c.client_id, c.day ORDER BY s.start DESC, s.finish DESC, s.id DESC),
        day AS (PARTITION BY c.client_id, c.day)
    """,
    (CHANGE,),
)

SEVERAL = Part("several", "SELECT * FROM ranked WHERE many > 1", (RANKED,))

BLOCKED = "(c.wide OR cardinality(n.products) = 0 OR n.products && c.used)"

#: One after another: a span counts unless it is in line with one already counted.
COUNTED = Part(
    "counted",
    f"""
    SELECT client_id, day, has, place, mv, products AS used, cardinality(products) = 0 AS wide
    FROM several WHERE place = 1
    UNION ALL
    SELECT n.client_id, n.day, n.has, n.place, c.mv + CASE WHEN {BLOCKED} THEN 0 ELSE n.mv END,
        CASE WHEN {BLOCKED} THEN c.used ELSE c.used || n.products END, c.wide
    FROM counted c JOIN several n ON n.client_id = c.client_id AND n.day = c.day AND n.place = c.place + 1
    """,
    (SEVERAL,),
)

COVER = Part(
    "cover",
    """
    SELECT client_id, day, mv, has FROM ranked WHERE many = 1
    UNION ALL
    (SELECT DISTINCT ON (client_id, day) client_id, day, mv, has FROM counted ORDER BY client_id, day, place DESC)
    """,
    (RANKED, COUNTED),
)

COVER_STEP = Part(
    "cover_step",
    """
    SELECT c.client_id, c.day AS from_day, v.mv, v.has,
        COALESCE(LEAD(c.day) OVER (PARTITION BY c.client_id ORDER BY c.day), '9999-12-31'::date) AS until_day
    FROM change c LEFT JOIN cover v ON v.client_id = c.client_id AND v.day = c.day
    """,
    (CHANGE, COVER),
)

#: Orders keep a client active until his first contract starts; later ones say nothing.
BUY_STEP = Part(
    "buy_step",
    """
    SELECT client_id, day, sum(CASE WHEN day > before + %(active)s THEN 1 ELSE 0 END)
        OVER (PARTITION BY client_id ORDER BY day) AS island
    FROM (
        SELECT client_id, day, LAG(day) OVER (PARTITION BY client_id ORDER BY day) AS before
        FROM (
            SELECT DISTINCT o.client_id, o.day FROM valid_order o LEFT JOIN first_span f ON f.client_id = o.client_id
            WHERE f.start IS NULL OR o.day < f.start
        ) d
    ) m
    """,
    (VALID_ORDER, FIRST_SPAN),
)

#: ``gap``: days without cover just before this stretch.
RUN = Part(
    "run",
    """
    SELECT client_id, start AS from_day, finish + 1 AS until_day, TRUE AS covered, mv,
        %(product)s::bigint = ANY(products) AS has, COALESCE(start - before - 1, 0) AS gap
    FROM chain WHERE plain
    UNION ALL
    SELECT client_id, from_day, until_day, TRUE AS covered, mv, has,
        COALESCE(from_day - LAG(until_day) OVER (PARTITION BY client_id ORDER BY from_day), 0) AS gap
    FROM cover_step WHERE mv IS NOT NULL
    UNION ALL
    SELECT b.client_id, b.from_day, LEAST(b.until_day, f.start), FALSE, 0, FALSE, 0
    FROM (
        SELECT client_id, min(day) AS from_day, max(day) + %(active)s AS until_day
        FROM buy_step GROUP BY client_id, island
    ) b LEFT JOIN first_span f ON f.client_id = b.client_id
    WHERE f.start IS NULL OR b.from_day < f.start
    """,
    (CHAIN, COVER_STEP, BUY_STEP, FIRST_SPAN),
)


def holds_product(alias: str, day: str) -> str:
    """The client holds the product on that day: by a covering contract, or as a buyer of it without one."""
    return f"""(%(product)s::bigint IS NULL OR {alias}.has OR (NOT {alias}.covered AND EXISTS (
        SELECT 1 FROM clients_order o WHERE o.client_id = {alias}.client_id AND {ORDER_VALID} AND {ORDER_HAS_PRODUCT}
            AND {ORDER_DAY} BETWEEN {day} - (%(active)s - 1) AND {day})))"""


RENEWAL_DECIDED = "(u.b = 1 OR (u.a = 0 AND u.at + %(grace)s < %(today)s))"
RENEWAL_PENDING = "(u.a = 0 AND u.b = 0 AND u.at + %(grace)s >= %(today)s)"
STOP_SEEN = f"u.at + {STOP_DAYS} <= %(today)s"

DUES = Kind(
    "due",
    UNIT_ROWS % "due",
    {
        "due": "count(*)",
        "replaced": "sum(u.a)",
        "renewed": "sum(u.b)",
        "pending": f"count(*) FILTER (WHERE {RENEWAL_PENDING})",
        "dated_mv": "sum(u.c) FILTER (WHERE u.a = 0)",
        "due_mv": f"sum(u.c) FILTER (WHERE {RENEWAL_DECIDED})",
        "kept_mv": "sum(u.d)",
        "new_mv": "sum(u.e)",
    },
    DUE_UNITS,
)
EXPECTS = Kind(
    "expect",
    UNIT_ROWS % "expect",
    {f"{word}_mv": f"sum(u.{column})" for column, word in zip("abc", EXPECTED, strict=True)},
    EXPECT_UNITS,
)
WINBACKS = Kind("winback", UNIT_ROWS % "winback", {"winbacks": "count(*)"}, WINBACK_UNITS)
STARTS = Kind(
    "start",
    UNIT_ROWS % "start",
    {
        "starters": "count(*)",
        "starters_pending": f"count(*) FILTER (WHERE NOT {STOP_SEEN})",
        "stopped": f"sum(u.a) FILTER (WHERE {STOP_SEEN})",
        "stop_events": f"sum(u.b) FILTER (WHERE {STOP_SEEN})",
    },
    START_UNITS,
)
LTV = Kind(
    "ltv",
    """
    SELECT p.i{keys}, x.* FROM period p JOIN unit x ON x.kind = 'ltv' AND {timeless} {explode} WHERE {chosen}
    """,
    {"ltv_clients": "count(*)", "ltv": "sum(u.a)"},
    LTV_UNITS,
)

#: Most runs go on through the whole period: only those begun within it are looked up (r1).
STAYING = Kind(
    "stay",
    f"""
    SELECT p.i{{keys}}, r0.client_id, 1 AS n, r0.mv AS mv0,
        CASE WHEN r0.until_day > p.seen THEN r0.mv ELSE COALESCE(r1.mv, 0) END AS mv1,
        CASE WHEN r0.until_day > p.seen OR r1.client_id IS NOT NULL THEN 1 ELSE 0 END AS kept,
        h.client_id IS NOT NULL AS broken
    FROM period p
    JOIN run r0 ON r0.from_day <= p.start - 1 AND r0.until_day > p.start - 1
    {on_day("r0", "p.start")}
    LEFT JOIN (
        SELECT q.i, r.client_id, r.mv FROM period q JOIN run r
            ON r.from_day >= q.start AND r.from_day <= q.seen AND r.until_day > q.seen
    ) r1 ON r1.i = p.i AND r1.client_id = r0.client_id
    LEFT JOIN (
        SELECT DISTINCT q.i, r.client_id FROM period q JOIN run r
            ON r.gap > 0 AND r.gap > %(grace)s AND r.from_day - r.gap >= q.start AND r.from_day <= q.seen
            AND r.from_day > q.start -- follows from the gap, and keeps the index to the period's own days
    ) h ON h.i = p.i AND h.client_id = r0.client_id
    {{explode}} WHERE p.start <= %(today)s AND {{held_before}} AND {{chosen}}
    """,
    {
        "base": "count(*)",
        "kept": "sum(u.kept)",
        "mv0": "sum(u.mv0)",
        "mv_min": "sum(CASE WHEN u.broken THEN 0 ELSE LEAST(u.mv0, u.mv1) END)",
        "mv1": "sum(CASE WHEN u.broken THEN 0 ELSE u.mv1 END)",
        "reactivated": "sum(CASE WHEN u.broken THEN u.mv1 ELSE 0 END)",
    },
    parts=(RUN,),
)
ACTIVE = Kind(
    "active",
    f"""
    SELECT p.i{{keys}}, r.client_id, 1 AS n, r.mv, r.covered
    FROM period p
    JOIN run r ON r.from_day <= p.seen AND r.until_day > p.seen
    {on_day("r", "p.seen")}
    {{explode}} WHERE p.start <= %(today)s AND {{held_seen}} AND {{chosen}}
    """,
    {"active": "count(*)", "active_mv": "sum(u.mv)", "covered": "count(*) FILTER (WHERE u.covered)"},
    parts=(RUN,),
)

KINDS = (DUES, EXPECTS, WINBACKS, STARTS, LTV, STAYING, ACTIVE)

#: Months are unfolded in the list of columns: after those have been chosen whose first day is asked for.
CONTRACT_COHORTS = Part(
    "cohort_fact",
    """
    SELECT DISTINCT s.client_id, f.start AS first_day, generate_series(date_trunc('month', s.start::timestamp),
        LEAST(s.finish, %(today)s::date)::timestamp, interval '1 month')::date AS month
    FROM chain s JOIN first_span f ON f.client_id = s.client_id
    WHERE s.start <= %(today)s
    """,
    (FIRST_SPAN,),
    inline=True,
)

__all__ = ["CONTRACT_COHORTS", "KINDS", "PERIOD", "RUN", "holds_product"]
