"""Figures of orders. One definition each: the SQL that counts, the formula that divides, the words that explain."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from core.figures import Counted, Definition, Figure, Kind, Part, Side, Unit, ratio

REPEAT_DAYS = 90

# --- what is counted -------------------------------------------------------------------------------------------------

CLIENTS = "(%(clients)s::bigint[] IS NULL OR {alias}.client_id = ANY(%(clients)s::bigint[]))"
SOME = CLIENTS.format(alias="o")

PERIOD = Part(
    "period",
    """
    SELECT row_number() OVER () AS i, p.starts AS start, p.ends AS until, LEAST(p.ends - 1, %(today)s::date) AS seen
    FROM unnest(%(starts)s::date[], %(ends)s::date[]) AS p(starts, ends)
    """,
)

OWNER = Part(
    "owner",
    f"""
    SELECT client_id, user_id AS manager_id,
        CASE WHEN number = 1 THEN '0001-01-01'::date ELSE day END AS from_day,
        COALESCE(LEAD(day) OVER (PARTITION BY client_id ORDER BY number), '9999-12-31'::date) AS until_day
    FROM (
        SELECT o.client_id, o.user_id, o.started_at, (o.started_at AT TIME ZONE %(zone)s)::date AS day,
            row_number() OVER (PARTITION BY o.client_id ORDER BY o.started_at, o.id) AS number
        FROM clients_assignment o WHERE {SOME}
    ) a
    WHERE number = 1 OR started_at <= %(moment)s
    """,
)

SEGMENT = Part(
    "segment",
    """
    SELECT client_id, tier, industry_id, region_id,
        CASE WHEN number = 1 THEN '0001-01-01'::date ELSE day END AS from_day,
        COALESCE(LEAD(day) OVER (PARTITION BY client_id ORDER BY number), '9999-12-31'::date) AS until_day
    FROM (
        SELECT c.id AS client_id, s.from_on AS day,
            CASE WHEN s.id IS NULL THEN c.tier ELSE s.tier END AS tier,
            CASE WHEN s.id IS NULL THEN c.industry_id ELSE s.industry_id END AS industry_id,
            CASE WHEN s.id IS NULL THEN c.region_id ELSE s.region_id END AS region_id,
            row_number() OVER (PARTITION BY c.id ORDER BY s.from_on, s.id) AS number
        FROM clients_client c LEFT JOIN clients_clientsegment s ON s.client_id = c.id
        WHERE %(clients)s::bigint[] IS NULL OR c.id = ANY(%(clients)s::bigint[])
    ) s
    WHERE number = 1 OR day <= %(today)s
    """,
)

#: Who a client belonged to and what he was, by stretches of days without holes.
TRAIT = Part(
    "trait",
    """
    SELECT s.client_id, GREATEST(s.from_day, o.from_day) AS from_day, LEAST(s.until_day, o.until_day) AS until_day,
        o.manager_id, s.tier, s.industry_id, s.region_id
    FROM segment s LEFT JOIN owner o
        ON o.client_id = s.client_id AND o.from_day < s.until_day AND o.until_day > s.from_day
        AND o.from_day < o.until_day
    WHERE s.from_day < s.until_day
    """,
    (OWNER, SEGMENT),
)

ORDER_DAY = "(o.ordered_at AT TIME ZONE %(zone)s)::date"
ORDER_NET = """(o.amount - CASE WHEN o.refunded_on IS NULL OR o.refunded_on <= %(today)s
    THEN o.refunded_amount ELSE 0 END)"""
ORDER_VALID = f"""o.status = 'completed' AND COALESCE(o.completed_at, o.ordered_at) <= %(moment)s
    AND o.ordered_at <= %(moment)s AND {ORDER_NET} > 0"""
ORDER_HAS_PRODUCT = """(%(product)s::bigint IS NULL OR EXISTS (
    SELECT 1 FROM clients_order_products op WHERE op.order_id = o.id AND op.product_id = %(product)s))"""

VALID_ORDER = Part(
    "valid_order",
    f"""
    SELECT o.id, o.client_id, o.contract_id, o.ordered_at, {ORDER_DAY} AS day, {ORDER_NET} AS net, o.cost
    FROM clients_order o WHERE {ORDER_VALID} AND {SOME}
    """,
    inline=True,
)

#: A client's first valid order ever, by time and then by number.
FIRST_ORDER = Part(
    "first_order",
    """
    SELECT DISTINCT ON (client_id) client_id, id, day, net FROM valid_order ORDER BY client_id, ordered_at, id
    """,
    (VALID_ORDER,),
)
#: Only read under a filter of products: whose first order holds the product.
FIRST_HAS_PRODUCT = Part(
    "first_has_product", f"SELECT o.client_id FROM first_order o WHERE {ORDER_HAS_PRODUCT}", (FIRST_ORDER,)
)
FIRST_COUNTS = "(%(product)s::bigint IS NULL OR f.client_id IN (SELECT client_id FROM first_has_product))"

#: Only orders of the days that are asked for; the facts are derived without periods and take all.
IN_SIGHT = """(%(since)s::date IS NULL OR o.ordered_at >= %(since)s::date::timestamp AT TIME ZONE %(zone)s)
    AND (%(until)s::date IS NULL OR o.ordered_at < %(until)s::date::timestamp AT TIME ZONE %(zone)s)"""
DAY_IN_SIGHT = """(%(since)s::date IS NULL OR {alias}.day >= %(since)s)
    AND (%(until)s::date IS NULL OR {alias}.day < %(until)s)"""

UNIT_TRAITS = "x.manager_id, x.tier, x.industry_id, x.region_id"


def on_day(alias: str, day: str) -> str:
    """The traits that the client had on that day, as x. ``reports.statements`` joins them, or nothing where no filter
    asks for them: every client has exactly one row of traits on every day.
    """
    return f"[[traits {alias} | {day}]]"


#: Orders of one client and day together: days are what returning is counted in. ``d`` tells one set of amounts from
#: another: with the count and the sum it says whether a median can have moved.
ORDER_DAYS = Part(
    "order_day",
    f"""
    SELECT g.client_id, g.day, g.n::numeric AS n, g.a, (g.n - CASE WHEN f.client_id IS NULL THEN 0 ELSE 1 END)::numeric AS b,
        g.d::numeric AS d, CASE WHEN f.client_id IS NULL THEN 0 ELSE f.net END AS e
    FROM (
        SELECT o.client_id, o.day, count(*) AS n, sum(o.net) AS a, sum(hash_numeric(o.net)) AS d
        FROM valid_order o WHERE {IN_SIGHT} AND {ORDER_HAS_PRODUCT} GROUP BY o.client_id, o.day
    ) g LEFT JOIN first_order f ON f.client_id = g.client_id AND f.day = g.day AND {FIRST_COUNTS}
    """,
    (FIRST_ORDER, FIRST_HAS_PRODUCT),
)

#: n orders, a money, b of them not the first ever, c different days, e money of a first order ever.
ORDER_UNITS = Part(
    "order_unit",
    f"""
    SELECT o.client_id, 'order' AS kind, o.day AS at, {UNIT_TRAITS}, o.n, o.a, o.b, 1.0 AS c, o.d, o.e
    FROM order_day o {on_day("o", "o.day")}
    """,
    (ORDER_DAYS,),
)

#: The same by month and stretch of traits.
ORDER_MONTHS = Part(
    "order_month",
    f"""
    SELECT o.client_id, 'order' AS kind, date_trunc('month', o.day::timestamp)::date AS at,
        any_value(x.manager_id) AS manager_id, any_value(x.tier) AS tier, any_value(x.industry_id) AS industry_id,
        any_value(x.region_id) AS region_id, sum(o.n) AS n, sum(o.a) AS a, sum(o.b) AS b, count(*)::numeric AS c,
        sum(o.d) AS d, sum(o.e) AS e
    FROM order_day o {on_day("o", "o.day")}
    GROUP BY o.client_id, 3, x.from_day
    """,
    (ORDER_DAYS,),
)

#: Valid orders that make a new client active; how many make him regular is the company's own.
ACTIVE_FROM = 2
#: a = 1 when a second valid order came on a later day within 90 days; b = 1 when the client became active in them; of the
#: days that he has to become regular c = 1 when he became active, d = 1 when he became regular.
FIRST_UNITS = Part(
    "first_unit",
    f"""
    SELECT f.client_id, 'first' AS kind, f.day AS at, {UNIT_TRAITS}, 1.0 AS n,
        CASE WHEN r.returned THEN 1.0 ELSE 0.0 END AS a, CASE WHEN r.early >= {ACTIVE_FROM} THEN 1.0 ELSE 0.0 END AS b,
        CASE WHEN r.orders >= {ACTIVE_FROM} THEN 1.0 ELSE 0.0 END AS c,
        CASE WHEN r.orders >= %(regular_orders)s THEN 1.0 ELSE 0.0 END AS d, 0.0 AS e
    FROM first_order f {on_day("f", "f.day")} LEFT JOIN (
        SELECT v.client_id, bool_or(v.day > g.day AND v.day <= g.day + {REPEAT_DAYS}) AS returned,
            count(*) FILTER (WHERE v.day <= g.day + {REPEAT_DAYS}) AS early,
            count(*) FILTER (WHERE v.day <= g.day + %(regular_days)s) AS orders
        FROM valid_order v JOIN first_order g ON g.client_id = v.client_id
        WHERE v.day <= g.day + GREATEST({REPEAT_DAYS}, %(regular_days)s) AND {DAY_IN_SIGHT.format(alias="g")}
        GROUP BY v.client_id
    ) r ON r.client_id = f.client_id
    WHERE {FIRST_COUNTS} AND {DAY_IN_SIGHT.format(alias="f")}
    """,
    (FIRST_ORDER, FIRST_HAS_PRODUCT),
)

UNIT_ROWS = "SELECT p.i{keys}, x.* FROM period p JOIN unit x ON x.kind = '%s' AND {within} {explode} WHERE {chosen}"

ORDERS = Kind(
    "order",
    """
    SELECT p.i{keys}, x.client_id, sum(x.n) AS n, sum(x.a) AS a, sum(x.b) AS b, sum(x.c) AS c, sum(x.d) AS d,
        sum(x.e) AS e
    FROM period p JOIN unit x ON x.kind = 'order' AND {within} {explode} WHERE {chosen} GROUP BY p.i{keys}, x.client_id
    """,
    {
        "orders": "sum(u.n)",
        "revenue": "sum(u.a)",
        "again": "sum(u.b)",
        "buyers": "count(*)",
        "repeaters": "count(*) FILTER (WHERE u.c >= 2)",
        "order_mix": "sum(u.d)",
        "first_revenue": "sum(u.e)",
    },
    ORDER_UNITS,
    kept=ORDER_MONTHS,
)

REPEAT_SEEN = f"u.at + {REPEAT_DAYS} <= %(today)s"
REGULAR_SEEN = "u.at + %(regular_days)s <= %(today)s"
FIRSTS = Kind(
    "first",
    UNIT_ROWS % "first",
    {
        "newcomers": "count(*)",
        "newcomers_pending": f"count(*) FILTER (WHERE NOT {REPEAT_SEEN})",
        "returned": f"sum(u.a) FILTER (WHERE {REPEAT_SEEN})",
        "activated": f"sum(u.b) FILTER (WHERE {REPEAT_SEEN})",
        "lifecycle_pending": f"count(*) FILTER (WHERE NOT {REGULAR_SEEN})",
        "activated_in_time": f"sum(u.c) FILTER (WHERE {REGULAR_SEEN})",
        "regulars": f"sum(u.d) FILTER (WHERE {REGULAR_SEEN})",
    },
    FIRST_UNITS,
)

KINDS = (ORDERS, FIRSTS)

#: The median can't be added up from months: it has a statement of its own.
MEDIAN = f"""
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY {ORDER_NET}), count(*)
    FROM clients_order o {{join}}
    WHERE {ORDER_VALID} AND {ORDER_HAS_PRODUCT} AND {{chosen}}
        AND o.ordered_at >= (%(start)s::date::timestamp AT TIME ZONE %(zone)s)
        AND o.ordered_at < (%(end)s::date::timestamp AT TIME ZONE %(zone)s)
"""

ORDER_COHORTS = Part(
    "cohort_fact",
    """
    SELECT DISTINCT o.client_id, f.day AS first_day, date_trunc('month', o.day)::date AS month
    FROM valid_order o JOIN first_order f ON f.client_id = o.client_id
    """,
    (FIRST_ORDER,),
)

# --- what is said ----------------------------------------------------------------------------------------------------


def average_check(counted: Counted) -> Figure:
    """A ratio of sums, not a mean of clients' means."""
    return ratio(Unit.MONEY, counted["revenue"], counted.number("orders"))


def median_check(counted: Counted) -> Figure:
    orders = counted.number("orders")
    middle = counted.sums.get("median")
    return Figure(Unit.MONEY, None if middle is None else float(middle), middle, orders)


def revenue(counted: Counted) -> Figure:
    """A plain sum: no orders is 0, not "no data"."""
    return ratio(Unit.MONEY, counted["revenue"], 1, extras={"orders": counted.number("orders")})


def repeat_order_share(counted: Counted) -> Figure:
    return ratio(Unit.SHARE, counted.number("again"), counted.number("orders"))


def repeat_revenue(counted: Counted) -> Figure:
    """New against repeat: what came from clients' first orders ever, and what from all the later ones."""
    new = counted["first_revenue"]
    again = Decimal(counted["revenue"]) - Decimal(new)
    return ratio(Unit.SHARE, again, counted["revenue"], extras={"new": float(new), "repeat": float(again)})


def repeat_client_rate(counted: Counted) -> Figure:
    return ratio(Unit.SHARE, counted.number("repeaters"), counted.number("buyers"))


def orders_per_client(counted: Counted) -> Figure:
    return ratio(Unit.COUNT, counted.number("orders"), counted.number("buyers"))


def first_repeat_90d(counted: Counted) -> Figure:
    """Only new buyers who could be watched for the whole 90 days."""
    return _of_watched(counted, "returned", "newcomers_pending")


def became_active_90d(counted: Counted) -> Figure:
    return _of_watched(counted, "activated", "newcomers_pending")


def became_regular(counted: Counted) -> Figure:
    """Only new buyers who have had all the days in which a client may become regular."""
    return _of_watched(counted, "regulars", "lifecycle_pending")


def active_became_regular(counted: Counted) -> Figure:
    """The second step alone: of the watched ones who became active in the same days; whoever is still watched waits."""
    pending = counted.number("lifecycle_pending")
    active = counted.number("activated_in_time")
    return ratio(Unit.SHARE, counted.number("regulars"), active, pending=pending, matured=pending == 0)


def _of_watched(counted: Counted, reached: str, waiting: str) -> Figure:
    pending = counted.number(waiting)
    watched = counted.number("newcomers") - pending
    return ratio(Unit.SHARE, counted.number(reached), watched, pending=pending, matured=pending == 0)


BUYERS = Side("order")
BUYERS_MONEY = Side("order", amount="u.a")

FIGURES = (
    Definition(
        "average_check",
        _("Average check"),
        _("Money of valid orders, refunds taken off, divided by the number of those orders."),
        Unit.MONEY,
        average_check,
        BUYERS_MONEY,
        BUYERS,
        source=_("Orders"),
    ),
    Definition(
        "median_check",
        _("Median check"),
        _("Half of the valid orders are worth more than this, half less: one large order does not move it."),
        Unit.MONEY,
        median_check,
        BUYERS_MONEY,
        BUYERS,
        source=_("Orders"),
    ),
    Definition(
        "repeat_order_share",
        _("Share of repeat orders"),
        _("Valid orders that are not the client's first ever, out of all valid orders of the period."),
        Unit.SHARE,
        repeat_order_share,
        Side("order", "u.b > 0", "u.b"),
        BUYERS,
        source=_("Orders"),
    ),
    Definition(
        "repeat_client_rate",
        _("Returning clients"),
        _("Clients with valid orders on two or more different days, out of clients with at least one."),
        Unit.SHARE,
        repeat_client_rate,
        Side("order", "u.c >= 2"),
        BUYERS,
        source=_("Orders"),
    ),
    Definition(
        "first_repeat_90d",
        _("Second order within 90 days"),
        _("New buyers who ordered again on a later day within 90 days; only those watched for all 90 days count."),
        Unit.SHARE,
        first_repeat_90d,
        Side("first", f"u.a = 1 AND {REPEAT_SEEN}"),
        Side("first", REPEAT_SEEN),
        source=_("Orders"),
    ),
    Definition(
        "orders_per_client",
        _("Orders per client"),
        _("Valid orders divided by the clients who placed them."),
        Unit.COUNT,
        orders_per_client,
        BUYERS,
        BUYERS,
        source=_("Orders"),
    ),
    Definition(
        "revenue",
        _("Revenue"),
        _("Money of the period's valid orders, refunds taken off. Contract values are never added to it."),
        Unit.MONEY,
        revenue,
        BUYERS_MONEY,
        BUYERS,
        source=_("Orders"),
    ),
    Definition(
        "repeat_revenue",
        _("Share of repeat revenue"),
        _("Money of orders that are not the client's first ever, out of the money of all valid orders."),
        Unit.SHARE,
        repeat_revenue,
        Side("order", "u.a > u.e", "u.a - u.e"),
        BUYERS_MONEY,
        source=_("Orders"),
        page_only=True,
    ),
    Definition(
        "became_active_90d",
        _("Became active within 90 days"),
        _("New buyers whose second valid order came within 90 days; only those watched for all 90 days count."),
        Unit.SHARE,
        became_active_90d,
        Side("first", f"u.b = 1 AND {REPEAT_SEEN}"),
        Side("first", REPEAT_SEEN),
        source=_("Orders"),
        page_only=True,
    ),
    Definition(
        "became_regular",
        _("Became regular"),
        _(
            "New buyers who made as many valid orders as the settings ask of a regular client within the days that they"
            " give him; only those watched for all these days count."
        ),
        Unit.SHARE,
        became_regular,
        Side("first", f"u.d = 1 AND {REGULAR_SEEN}"),
        Side("first", REGULAR_SEEN),
        source=_("Orders"),
        page_only=True,
    ),
    Definition(
        "active_became_regular",
        _("Of the active, became regular"),
        _(
            "Of the watched new buyers who made a second valid order in the days of the settings: who became regular in them."
        ),
        Unit.SHARE,
        active_became_regular,
        Side("first", f"u.d = 1 AND {REGULAR_SEEN}"),
        Side("first", f"u.c = 1 AND {REGULAR_SEEN}"),
        source=_("Orders"),
        page_only=True,
    ),
)
