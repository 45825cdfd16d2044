"""What a period of several months is beside the sum of its months: who is counted in more than one of them.

A buyer of several months is one buyer, of a client's answers the latest one counts, and whoever stayed is judged by the
period's last day. So for each month it is kept what it takes off or adds when a month ``back`` months before it belongs
to the period as well: any period of up to a year is the sums of its months and these. Longer ones are counted from the
units and runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from core.figures import Part, with_parts
from feedback.metrics import DETRACTOR, PROMOTER
from reports import tables
from reports.each import CHOSEN, SEVERAL, TRAITS, by_each
from reports.statements import EXPLODE, KINDS

LONGEST = 12  # months of a period
FURTHEST = LONGEST - 1

BUYERS = ("buyers", "repeaters")
ANSWERS = tuple(KINDS["nps"].sums)
#: What period and month have in common, and what its last day has a say in.
ON_THE_EVE = ("base", "mv0")
BY_THE_END = tuple(name for name in KINDS["stay"].sums if name not in ON_THE_EVE)
SUMS = (*BUYERS, *ANSWERS, *BY_THE_END)
COLUMNS = ", ".join(("dim", "key", "month", "back", *SUMS))
#: Of the rows c of a month that is the one ``p.far`` months after a period's first.
BETWEEN = ", ".join(
    f"sum(c.{name}) FILTER (WHERE c.back {'>=' if name in BY_THE_END else '<='} p.far) AS {name}" for name in SUMS
)
NAMED = ", ".join(f"('{name}', s.{name})" for name in SUMS)

_TRAITS = ", ".join(TRAITS)
_STEADY = f"{CHOSEN} AND x.client_id NOT IN (SELECT client_id FROM several)"
_OTHERS = f"{CHOSEN} AND x.client_id IN (SELECT client_id FROM several) AND g.key IS NOT NULL"


def _months(later: str, earlier: str) -> str:
    """How many lie between the first days of two months, which are never more than three days off their mean."""
    return f"(({later} - {earlier}) * 16 + 243) / 487"


def _month(day: str) -> str:
    return f"date_trunc('month', {day}::timestamp)"


#: Of clients at work what lies before the first month that moved counts as before; after it the months before have a say.
_MOVED = f"""(
    SELECT o.*, m.since FROM reports_contact o JOIN (
        SELECT client_id, min(month) AS since FROM reports_moved_unit WHERE kind = 'order' GROUP BY client_id
    ) m ON m.client_id = o.client_id WHERE o.at >= m.since - interval '{FURTHEST} months'
) x"""


def _bought(keys: str, months: str, *, staged: bool) -> str:
    """A month takes off whoever bought in the one before. It is the one in which he returns if its days make two of one
    that stood alone, so the month before that has a say.
    """
    return f"""
        SELECT {keys}, month, near, CASE WHEN often <> often_before THEN 0 WHEN often THEN -1 ELSE 1 END AS returns,
            CASE WHEN NOT often_before AND far <= {FURTHEST} THEN far END AS far
        FROM (
            SELECT {keys}, month, {_months("month", "before")} AS near, {_months("month", "long_before")} AS far, often,
                often_before{", since" if staged else ""}
            FROM (
                SELECT *, LAG(month) OVER w AS before, LAG(often) OVER w AS often_before, LAG(month, 2) OVER w AS long_before
                FROM {months} WINDOW w AS (PARTITION BY {keys.replace(f", {_TRAITS}", "")} ORDER BY month)
            ) n
        ) n WHERE near <= {FURTHEST} {"AND month >= since" if staged else ""}
    """


def _of_buyers(keys: str, bought: str) -> str:
    return f"""
        SELECT {keys}, month, near AS back, -1 AS buyers, returns AS repeaters FROM {bought}
        UNION ALL SELECT {keys}, month, far, 0, -1 FROM {bought} WHERE far IS NOT NULL
    """


def _answered(keys: str, answers: str) -> str:
    """A month with a later answer takes off what the one before it said."""
    return f"""
        SELECT {keys}, month, {_months("month", "before")} AS back, -1 AS nps, -(said >= {PROMOTER})::int AS promoters,
            -(said <= {DETRACTOR})::int AS detractors
        FROM (
            SELECT *, LAG(month) OVER w AS before, LAG(a) OVER w AS said
            FROM {answers} WINDOW w AS (PARTITION BY {keys.replace(f", {_TRAITS}", "")} ORDER BY month)
        ) n WHERE {_months("month", "before")} <= {FURTHEST}
    """


_BACK = {"month": "u.month", "back": "u.back"}


def _sums(names: Sequence[str]) -> dict[str, str]:
    return {name: f"sum(u.{name})" for name in names}


#: Runs with how many gaps longer than the grace lie before them.
NUMBERED = Part(
    "numbered",
    f"""
    SELECT x.client_id, x.from_day, x.until_day, x.mv,
        sum((x.gap > %(grace)s)::int) OVER (PARTITION BY x.client_id ORDER BY x.from_day) AS breaks
    FROM reports_run x WHERE x.from_day <= %(today)s AND {CHOSEN}
    """,
)
#: A run that ended: on the eves of which months it counts, apart for each of the client's traits.
ENDED_RUN = Part(
    "ended_run",
    f"""
    SELECT * FROM (
        SELECT r.client_id, r.until_day, r.mv, r.breaks, {_TRAITS}, {_month("r.until_day")}::date AS month,
            ({_month("GREATEST(r.from_day, x.from_day - 1)")} + interval '1 month')::date AS first,
            ({_month("LEAST(r.until_day, x.until_day - 1)")} + interval '1 month')::date AS beyond
        FROM numbered r JOIN reports_trait x
            ON x.client_id = r.client_id AND x.from_day <= r.until_day AND x.until_day > r.from_day
        WHERE r.until_day <= %(today)s
    ) s WHERE first < beyond
    """,
    (NUMBERED,),
)
#: The client's later runs of the year, and whether a long gap lies between.
RETURNED = Part(
    "returned",
    f"""
    SELECT * FROM (
        SELECT {_TRAITS}, s.first, s.beyond, r.mv, LEAST(r.mv, s.mv) AS least_mv, r.breaks > s.breaks AS broken,
            {_month("r.from_day")}::date AS comes,
            CASE WHEN r.until_day <= %(today)s THEN {_month("r.until_day")}::date END AS goes
        FROM ended_run s JOIN numbered r
            ON r.client_id = s.client_id AND r.from_day >= s.until_day AND r.from_day < s.month + interval '{LONGEST} months'
    ) r WHERE goes IS NULL OR comes < goes
    """,
    (ENDED_RUN,),
)
#: What becomes of these clients, by the month on whose last day it shows. After a long gap somebody is back without having
#: been kept.
FATE = Part(
    "fate",
    f"""
    SELECT {_TRAITS}, first, beyond, month, -1 AS kept, -mv AS mv_min, -mv AS mv1, 0.0 AS reactivated FROM ended_run
    UNION ALL
    SELECT {_TRAITS}, first, beyond, comes, 1, CASE WHEN broken THEN 0 ELSE least_mv END,
        CASE WHEN broken THEN 0 ELSE mv END, CASE WHEN broken THEN mv ELSE 0 END
    FROM returned
    UNION ALL
    SELECT {_TRAITS}, first, beyond, goes, -1, CASE WHEN broken THEN 0 ELSE -least_mv END,
        CASE WHEN broken THEN 0 ELSE -mv END, CASE WHEN broken THEN -mv ELSE 0 END
    FROM returned WHERE goes IS NOT NULL
    """,
    (RETURNED,),
)
#: Seen from the first of those eves on, and no longer from the month after the last one on.
_STAYED = f"""
    SELECT {_TRAITS}, month, LEAST(from_first, {FURTHEST}) AS back, kept, mv_min, mv1, reactivated
    FROM seen WHERE from_first > 0
    UNION ALL
    SELECT {_TRAITS}, month, from_beyond, -kept, -mv_min, -mv1, -reactivated FROM seen WHERE from_beyond > 0
"""
SEEN = Part(
    "seen",
    f"""
    SELECT *, {_months("month", "first")} AS from_first, {_months("month", "beyond")} AS from_beyond FROM fate
    WHERE {_months("month", "beyond")} < {FURTHEST}
    """,
    (FATE,),
)


@cache
def overlaps_sql(*, staged: bool = False) -> str:
    """Rows of ``COLUMNS``, several of the same cell; ``staged`` reads the months of orders put aside beforehand."""
    order = f"{_MOVED if staged else 'reports_unit x'} {{explode}} WHERE x.kind = 'order'"
    since = ", x.since" if staged else ""
    answer = "reports_unit x {explode} WHERE x.kind = 'nps'"
    asked = f"{_month('x.at')}::date AS month"
    steady = f"x.client_id, {', '.join(f'x.{trait}' for trait in TRAITS)}"
    latest = (
        "SELECT DISTINCT ON ({by}, month) {keys}, {month}, x.a FROM {rows} ORDER BY {by}, month, x.c DESC, x.b DESC"
    )
    parts: tuple[Part, ...] = (
        SEVERAL,
        Part(
            "steady_order",
            f"SELECT {steady}, x.at AS month, x.c >= 2 AS often{since} FROM {order.format(explode='')} AND {_STEADY}",
        ),
        Part(
            "other_order",
            f"SELECT x.client_id, g.dim, g.key, x.at AS month, sum(x.c) >= 2 AS often{since}"
            f" FROM {order.format(explode=EXPLODE)} AND {_OTHERS} GROUP BY x.client_id, g.dim, g.key, x.at{since}",
        ),
        Part(
            "steady_answer",
            latest.format(by="x.client_id", keys=steady, month=asked, rows=f"{answer.format(explode='')} AND {_STEADY}"),
        ),
        Part(
            "other_answer",
            latest.format(
                by="x.client_id, g.dim, g.key", keys="x.client_id, g.dim, g.key", month=asked,
                rows=f"{answer.format(explode=EXPLODE)} AND {_OTHERS}",
            ),
        ),
        SEEN,
    )  # fmt: skip
    other, own = "client_id, dim, key", f"client_id, {_TRAITS}"
    parts += (
        Part("steady_buyer", _bought(own, "steady_order", staged=staged)),
        Part("other_buyer", _bought(other, "other_order", staged=staged)),
    )
    kinds = (
        (BUYERS, by_each(_of_buyers(_TRAITS, "steady_buyer"), _sums(BUYERS), _BACK)),
        (BUYERS, _of_buyers("dim, key", "other_buyer")),
        (ANSWERS, by_each(_answered(own, "steady_answer"), _sums(ANSWERS), _BACK)),
        (ANSWERS, _answered(other, "other_answer")),
        (BY_THE_END, by_each(_STAYED, _sums(BY_THE_END), _BACK)),
    )
    selects = [
        f"SELECT dim, key, month, back, {', '.join(name if name in sums else '0' for name in SUMS)} FROM ({rows}) r"
        for sums, rows in kinds
    ]
    return with_parts(parts, f"SELECT {COLUMNS} FROM ({' UNION ALL '.join(selects)}) AS s({COLUMNS})")


_TO_GROUPS = f"GROUP BY dim, key, month, back HAVING {' OR '.join(f'sum({name}) <> 0' for name in SUMS)}"
_INSERT = f"INSERT INTO reports_overlap AS o ({COLUMNS}) SELECT dim, key, month, back, {', '.join(f'sum({name})' for name in SUMS)} FROM"
ALL = f"{_INSERT} ({tables.over(overlaps_sql(), **tables.NEXT)}) s {_TO_GROUPS} ORDER BY dim, key, month, back"


def _signed(sign: str, stages: dict[str, str]) -> str:
    return (
        f"SELECT dim, key, month, back, {', '.join(f'{sign}{name} AS {name}' for name in SUMS)}"
        f" FROM ({tables.over(overlaps_sql(staged=True), **stages)}) s"
    )


#: Clients at work: what they are counted for now, less what they were under the question of %(before)s.
CHANGE = f"""
    {_INSERT} ({_signed("-", tables.BEFORE).replace("%(today)s", "%(before)s")} UNION ALL {_signed("", tables.AFTER)}) s
    {_TO_GROUPS}
    ON CONFLICT (dim, key, month, back) DO UPDATE SET {", ".join(f"{name} = o.{name} + EXCLUDED.{name}" for name in SUMS)}
"""
NOTHING_LEFT = f"DELETE FROM reports_overlap WHERE {' AND '.join(f'{name} = 0' for name in SUMS)}"
