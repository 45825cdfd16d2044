"""What the cube holds: every sum of every month, over everybody and by each of ``reports.each``.

Two ways make the same sums cheaper than asking ``Kind.rows`` month by month. Clients whose traits never changed stand
in one cell of all dimensions, so their rows are added up as grouping sets; the few others go through the kinds'
own rows once per dimension. Who is active changes on few days only: a stretch of days is counted where it begins and
taken off where it ends, a running total gives the months between, and only months in which a stretch ends are judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from clients.metrics import ORDER_DAY, ORDER_NET, ORDER_VALID
from core.figures import Kind, Part, with_parts
from reports import heard, serving
from reports.each import CHOSEN, SEVERAL, TRAITS, by_each
from reports.spreads import APART, RATIOS, TERMS, name_of
from reports.statements import EXPLODE, KINDS, STORED

#: Months of the rows that are asked for month by month.
MONTH = Part(
    "period",
    f"""
    SELECT DISTINCT date_trunc('month', x.at::timestamp)::date AS i, date_trunc('month', x.at::timestamp)::date AS start
    FROM reports_unit x WHERE {CHOSEN} AND (x.kind = 'nps' OR x.client_id IN (SELECT client_id FROM several))
    """,
    (SEVERAL,),
)


#: Of one client and month the tables hold one unit, as long as his traits are the same; of these kinds they hold many.
MANY_A_MONTH = frozenset({"nps"})
#: Of these a client has one unit a month, whatever happened in it: it is the case by itself.
ONE_A_MONTH = frozenset({"order"})


def _rows(kind: Kind, *, steady: bool) -> str:
    if steady and kind.name not in MANY_A_MONTH:
        return (
            f"SELECT date_trunc('month', x.at::timestamp)::date AS i, x.* FROM reports_unit x WHERE x.kind = '{kind.name}'"
            f" AND {CHOSEN} AND x.client_id NOT IN (SELECT client_id FROM several)"
        )
    return STORED.named(kind, kind.rows).format(
        keys="" if steady else ", g.dim, g.key",
        explode="" if steady else EXPLODE,
        within="date_trunc('month', x.at::timestamp)::date = p.start",
        timeless="x.at = p.start",
        chosen=f"{CHOSEN} AND x.client_id NOT IN (SELECT client_id FROM several)"
        if steady
        else f"{CHOSEN} AND g.key IS NOT NULL AND x.client_id IN (SELECT client_id FROM several)",
    )


def _unpivoted(names: Iterable[str], select: str, *, apart: str = "") -> str:
    pairs = ", ".join(f"('{name}', k.\"{name}\"::numeric)" for name in names)
    return (
        f"SELECT '{apart}' || k.dim AS dim, k.key, k.month, v.name, v.value FROM ({select}) k"
        f" CROSS JOIN LATERAL (VALUES {pairs}) AS v(name, value) WHERE v.value <> 0"
    )


def _of_units(kind: Kind) -> list[str]:
    sums = ", ".join(f"{sql} AS {name}" for name, sql in kind.sums.items())
    return [
        _unpivoted(kind.sums, by_each(_rows(kind, steady=True), kind.sums)),
        _unpivoted(
            kind.sums,
            f"SELECT u.dim, u.key, u.i AS month, {sums} FROM ({_rows(kind, steady=False)}) u GROUP BY u.dim, u.key, u.i",
        ),
    ]


def _of_spreads(kind: Kind) -> list[str]:
    """What tells how far the clients' own ratios lie apart: a client's units of the month are one case."""
    own = [(name, ratio) for name, ratio in RATIOS.items() if ratio.kind == kind.name]
    if not own:
        return []
    values = ", ".join(
        f"sum({ratio.upper})::numeric AS a{n}, sum({ratio.lower})::numeric AS b{n}"
        for n, (_name, ratio) in enumerate(own)
    )
    terms = {
        said: sql for n, (name, _ratio) in enumerate(own) for said, sql in _terms(name, f"u.a{n}", f"u.b{n}").items()
    }
    sums = ", ".join(f'{sql} AS "{name}"' for name, sql in terms.items())
    [where] = {ratio.where for _name, ratio in own}
    cases = f"SELECT {{keys}}, u.i, {values} FROM ({{rows}}) u WHERE {where} GROUP BY {{keys}}, u.i, u.client_id"
    one_each = cases.rpartition(" GROUP BY")[0].replace("sum(", "(") if kind.name in ONE_A_MONTH else cases
    steady = one_each.format(keys=", ".join(f"u.{trait}" for trait in TRAITS), rows=_rows(kind, steady=True))
    others = cases.format(keys="u.dim, u.key", rows=_rows(kind, steady=False))
    return [
        _unpivoted(terms, by_each(steady, terms), apart=APART),
        _unpivoted(
            terms,
            f"SELECT u.dim, u.key, u.i AS month, {sums} FROM ({others}) u GROUP BY u.dim, u.key, u.i",
            apart=APART,
        ),
    ]


def _terms(name: str, a: str, b: str) -> dict[str, str]:
    """Products are rounded one by one, so that their sum has the digits that the cube keeps whatever the order."""
    sums = [
        "count(*)",
        *(f"sum({term})" for term in (a, b, *(f"round({x} * {y}, 20)" for x, y in ((a, a), (a, b), (b, b))))),
    ]
    return {name_of(name, said): f"{term} FILTER (WHERE {b} <> 0)" for term, said in zip(sums, TERMS, strict=True)}


#: Days on which a client has one run and the same traits, with the months at whose beginning and end he is counted.
STRETCH = Part(
    "stretch",
    f"""
    SELECT s.*,
        (date_trunc('month', GREATEST(s.from_day, s.x_from - 1)::timestamp) + interval '1 month')::date AS stay_from,
        (date_trunc('month', LEAST(s.until_day, s.x_until - 1, %(today)s)::timestamp) + interval '1 month')::date
            AS stay_until,
        date_trunc('month', GREATEST(s.from_day, s.x_from)::timestamp)::date AS active_from,
        CASE WHEN LEAST(s.until_day, s.x_until) <= %(today)s
            THEN date_trunc('month', LEAST(s.until_day, s.x_until)::timestamp)::date END AS active_until
    FROM (
        SELECT r.client_id, r.from_day, r.until_day, r.mv, r.covered, x.from_day AS x_from, x.until_day AS x_until,
            x.manager_id, x.tier, x.industry_id, x.region_id
        FROM reports_run r JOIN reports_trait x
            ON x.client_id = r.client_id AND x.from_day <= r.until_day AND x.until_day > r.from_day
        WHERE r.from_day <= %(today)s AND x.from_day <= %(today)s AND {CHOSEN}
    ) s
    """,
)
#: A run that covered the eve of a month and ended in it: what became of the client by the last observed day.
ENDED = Part(
    "ended",
    """
    SELECT s.manager_id, s.tier, s.industry_id, s.region_id, s.month AS i, s.mv AS mv0, COALESCE(r.mv, 0) AS mv1,
        CASE WHEN r.client_id IS NULL THEN 0 ELSE 1 END AS kept, EXISTS (
            SELECT 1 FROM reports_run h WHERE h.client_id = s.client_id AND h.gap > 0 AND h.gap > %(grace)s
                AND h.from_day - h.gap >= s.month AND h.from_day <= s.seen
        ) AS broken
    FROM (
        SELECT *, date_trunc('month', until_day::timestamp)::date AS month, LEAST(%(today)s::date,
            (date_trunc('month', until_day::timestamp) + interval '1 month')::date - 1) AS seen
        FROM stretch WHERE until_day <= %(today)s
    ) s
    LEFT JOIN reports_run r ON r.client_id = s.client_id AND r.from_day <= s.seen AND r.until_day > s.seen
    WHERE s.from_day < s.month AND s.x_from <= s.month AND s.x_until > s.month
    OFFSET 0 -- so that "broken" is looked for once
    """,
    (STRETCH,),
)
_APART = ("paying", "mv0_squared")
RUNNING = ("base", "mv0", "paying", "mv0_squared", "active", "active_mv", "covered")
#: Of a ratio «grr_ab» is what Σab differs by from Σb², which it is as long as nothing ends.
SPREADS = tuple(f"{ratio}_{term}" for ratio in ("grr", "nrr") for term in ("a", "aa", "ab"))
JUDGED = ("kept", "mv_min", "mv1", "reactivated", *SPREADS)
_SPLIT = ", ".join(TRAITS)
_NONE = ", NULL" * len(SPREADS)


def _spread_of_end(left: str) -> str:
    """Only who paid something counts in the ratio."""
    differences = (
        f"{left} - mv0",
        f"round({left} * {left}, 20) - round(mv0 * mv0, 20)",
        f"round({left} * mv0, 20) - round(mv0 * mv0, 20)",
    )
    return ", ".join(f"CASE WHEN mv0 > 0 THEN {one} END" for one in differences)


#: Steps up and down, and next to them what the months in which a run ended differ by.
STEP = Part(
    "step",
    f"""
    SELECT {_SPLIT}, stay_from AS i, 1 AS base, mv AS mv0, (mv > 0)::int AS paying, round(mv * mv, 20) AS mv0_squared,
        NULL::int AS active, NULL::numeric AS active_mv, NULL::int AS covered, NULL::int AS kept, NULL::numeric AS mv_min,
        NULL::numeric AS mv1, NULL::numeric AS reactivated, {", ".join(f"NULL::numeric AS {name}" for name in SPREADS)}
    FROM stretch WHERE stay_from < stay_until
    UNION ALL
    SELECT {_SPLIT}, stay_until, -1, -mv, -(mv > 0)::int, -round(mv * mv, 20), NULL, NULL, NULL, NULL, NULL, NULL, NULL{_NONE}
    FROM stretch WHERE stay_from < stay_until
    UNION ALL
    SELECT {_SPLIT}, active_from, NULL, NULL, NULL, NULL, 1, mv, covered::int, NULL, NULL, NULL, NULL{_NONE}
    FROM stretch WHERE active_until IS NULL OR active_from < active_until
    UNION ALL
    SELECT {_SPLIT}, active_until, NULL, NULL, NULL, NULL, -1, -mv, -covered::int, NULL, NULL, NULL, NULL{_NONE}
    FROM stretch WHERE active_from < active_until
    UNION ALL
    SELECT {_SPLIT}, i, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULLIF(kept - 1, 0), least_mv - mv0, last_mv - mv0,
        CASE WHEN broken THEN mv1 END, {", ".join(_spread_of_end(f"{one}_mv") for one in ("least", "last"))}
    FROM (
        SELECT *, CASE WHEN broken THEN 0 ELSE LEAST(mv0, mv1) END AS least_mv, CASE WHEN broken THEN 0 ELSE mv1 END AS last_mv
        FROM ended
    ) e
    """,
    (ENDED,),
)


def over_months(change: str, running: tuple[str, ...], judged: tuple[str, ...] = (), *, until: str) -> str:
    """Running totals of steps in every month from the first of each cell on; what is judged stands in its month only."""
    columns = [f"COALESCE(sum(d.{name}) OVER so_far, 0) AS {name}" for name in running]
    columns += [f"COALESCE(d.{name}, 0) AS {name}" for name in judged]
    return f"""
        SELECT m.dim, m.key, m.month, {", ".join(columns)}
        FROM (
            SELECT g.dim, g.key, generate_series(g.first, {until}, interval '1 month')::date AS month
            FROM (
                SELECT dim, key, min(month)::timestamp AS first, max(month)::timestamp AS last
                FROM {change} GROUP BY dim, key
            ) g
        ) m LEFT JOIN {change} d ON d.dim = m.dim AND d.key = m.key AND d.month = m.month
        WINDOW so_far AS (PARTITION BY m.dim, m.key ORDER BY m.month)
    """


def _of_runs() -> tuple[str, str]:
    sums = {name: f"sum(u.{name})" for name in (*RUNNING, *JUDGED)}
    together = ", ".join(f"sum({name}) AS {name}" for name in sums)
    same = ("kept", "base"), ("mv_min", "mv0"), ("mv1", "mv0")
    pairs = [f"('', '{name}', t.{name})" for name in (*(name for name in RUNNING if name not in _APART), "reactivated")]
    pairs += [f"('', '{name}', t.{name} + t.{level})" for name, level in same]
    for ratio in ("grr", "nrr"):
        terms = (
            "t.paying",
            f"t.{ratio}_a + t.mv0",
            "t.mv0",
            *(f"t.{ratio}_{one} + t.mv0_squared" for one in ("aa", "ab")),
            "t.mv0_squared",
        )
        pairs += [f"('{APART}', '{name_of(ratio, said)}', {term})" for said, term in zip(TERMS, terms, strict=True)]
    return (
        f"""
    SELECT v.apart || t.dim AS dim, t.key, t.month, v.name, v.value::numeric
    FROM ({over_months("change", RUNNING, JUDGED, until="date_trunc('month', %(today)s::timestamp)")}) t
    CROSS JOIN LATERAL (VALUES {", ".join(pairs)}) AS v(apart, name, value) WHERE v.value <> 0
    """,
        f"SELECT dim, key, month, {together} FROM ({by_each('SELECT * FROM step', sums)}) c GROUP BY dim, key, month",
    )


@cache
def cube_sql(
    kinds: tuple[str, ...] | None = None, *, runs: bool = True, said: tuple[str, ...] = heard.EVERYTHING
) -> str:
    """Rows of the cube (dim, key, month, name, value) made of the stored units and runs of the chosen clients."""
    parts: tuple[Part, ...] = (MONTH,)
    selects = [
        sql
        for kind in KINDS.values()
        if kind.units and not kind.reaching and (kinds is None or kind.name in kinds)
        for sql in (*_of_units(kind), *_of_spreads(kind))
    ]
    if runs:
        of_runs, changes = _of_runs()
        parts = (MONTH, Part("change", changes, (STEP,)))
        selects.append(of_runs)
    selects += heard.selects(EXPLODE, said)
    if heard.OTHERS in said:
        selects += serving.selects(EXPLODE)
    united = "\nUNION ALL\n".join(selects)
    return with_parts(parts, f"SELECT dim, key, month, name, value FROM ({united}) AS s(dim, key, month, name, value)")


#: Sums of runs, which a new month adds a row to for everybody.
OF_RUNS = (*RUNNING, *JUDGED, *(name_of(ratio, term) for ratio in ("grr", "nrr") for term in TERMS))
MEDIAN_DIMS = ("", "manager")
#: Roots never change an order, so a heap holds all values between its ends, which lie about two thousandths apart.
FINE = 128
HEAP = f"floor({FINE} * sqrt(sqrt({{net}}::float8)))::int"
#: A median can't be added up from changes: it is dropped where one of these moved, and taken anew by the sweep.
MOVES_MEDIAN = ("orders", "revenue", "order_mix")
MEDIAN_MONTHS = 26

#: Months of late that have orders and no median.
WITHOUT_MEDIAN = """
    SELECT DISTINCT c.month FROM reports_cube c WHERE c.name = 'orders' AND c.dim = ANY(%(dims)s)
        AND c.month >= %(oldest)s AND NOT EXISTS (
            SELECT 1 FROM reports_cube m
            WHERE m.dim = c.dim AND m.key = c.key AND m.month = c.month AND m.name = 'median')
"""
#: Whose each order of these months was, read once for both.
_OF_MONTHS = f"""
    SELECT o.month, o.net, x.manager_id FROM (
        SELECT o.client_id, o.day, date_trunc('month', o.day::timestamp)::date AS month, o.net FROM (
            SELECT o.client_id, {ORDER_DAY} AS day, {ORDER_NET}::float8 AS net FROM clients_order o
            WHERE {ORDER_VALID} AND o.ordered_at >= %(since)s::date::timestamp AT TIME ZONE %(zone)s
                AND o.ordered_at < %(until)s::date::timestamp AT TIME ZONE %(zone)s OFFSET 0
        ) o
    ) o JOIN reports_trait x ON x.client_id = o.client_id AND x.from_day <= o.day AND x.until_day > o.day
    WHERE o.month = ANY(%(months)s::date[])
"""
_CELL = "CASE WHEN GROUPING(o.manager_id) = 1 THEN '' ELSE 'manager' END, COALESCE(o.manager_id::text, '')"
_KNOWN = "HAVING GROUPING(o.manager_id) = 1 OR o.manager_id IS NOT NULL"
_BOTH = "array_agg(h.heap ORDER BY h.heap), array_agg(h.number::int ORDER BY h.heap)"
#: With the median of a month how many of its orders lie in which heap, for that of several months (``reports.middles``).
MEDIANS = f"""
    DELETE FROM reports_heap WHERE month = ANY(%(months)s::date[]);
    WITH o AS MATERIALIZED ({_OF_MONTHS}), heaps AS (
        SELECT o.month, o.manager_id, {HEAP.format(net="o.net")} AS heap, count(*) AS number FROM o GROUP BY 1, 2, 3
    ), counted AS (
        INSERT INTO reports_heap (dim, key, month, heaps, numbers)
        SELECT 'manager', h.manager_id::text, h.month, {_BOTH} FROM heaps h WHERE h.manager_id IS NOT NULL GROUP BY 2, 3
        UNION ALL
        SELECT '', '', h.month, {_BOTH} FROM (SELECT month, heap, sum(number) AS number FROM heaps GROUP BY 1, 2) h GROUP BY 3
    )
    INSERT INTO reports_cube (dim, key, month, name, value)
    SELECT {_CELL}, o.month, 'median', percentile_cont(0.5) WITHIN GROUP (ORDER BY o.net)
    FROM o GROUP BY GROUPING SETS ((o.month), (o.month, o.manager_id)) {_KNOWN}
    ON CONFLICT (dim, key, month, name) DO UPDATE SET value = EXCLUDED.value
"""
