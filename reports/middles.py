"""The median of several months out of a few orders around the middle instead of all of them.

Beside the median of a month it is kept how many of its orders lie in which heap of values, from the least on. Over a
period the heaps add up, so they tell in which of them the middle lies and how many orders come before it: of the
period's orders only those of that heap are read, by an index of what orders are worth.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from clients.metrics import ORDER_DAY, ORDER_NET, ORDER_VALID
from core.figures import Period, Question, months_of
from reports import facts
from reports.cube import FINE, HEAP

#: Months of which the orders moved since are counted afresh. An end is laid a little further than it is: rounding. What
#: is refunded on a later day is still worth more than the index says.
_MIDDLE = f"""
    WITH counted AS (
        SELECT month, bool_or(name = 'median') AS kept FROM reports_cube
        WHERE dim = %(dim)s AND key = %(key)s AND month = ANY(%(months)s::date[]) AND name IN ('orders', 'median')
        GROUP BY month
    ), known AS (
        SELECT n.heap, n.number FROM reports_heap h CROSS JOIN LATERAL unnest(h.heaps, h.numbers) AS n (heap, number)
        WHERE h.dim = %(dim)s AND h.key = %(key)s AND h.month = ANY(ARRAY(SELECT month FROM counted WHERE kept))
        UNION ALL
        SELECT {HEAP.format(net=ORDER_NET)}, 1 FROM (
            SELECT (month::timestamp AT TIME ZONE %(zone)s) AS start,
                ((month + interval '1 month') AT TIME ZONE %(zone)s) AS until
            FROM counted WHERE NOT kept
        ) m JOIN clients_order o ON o.ordered_at >= m.start AND o.ordered_at < m.until {{join}} WHERE {ORDER_VALID}
    ), ranked AS (
        SELECT heap, n, sum(n) OVER (ORDER BY heap) - n AS before, sum(n) OVER () AS total
        FROM (SELECT heap, sum(number) AS n FROM known GROUP BY heap) k
    ), middle AS (
        SELECT min(before) AS before, max(total) AS total, sum(n) AS number,
            (min(heap)::float8 / {FINE}) ^ 4 * 0.999999 AS least, ((max(heap) + 1)::float8 / {FINE}) ^ 4 * 1.000001 AS most,
            min(heap) AS lowest, max(heap) AS highest
        FROM ranked WHERE before <= ceil((total - 1) / 2) AND before + n > floor((total - 1) / 2)
    ), around AS (
        SELECT net, row_number() OVER (ORDER BY net) - 1 AS place FROM (
            SELECT {ORDER_NET}::float8 AS net, {HEAP.format(net=ORDER_NET)} AS heap FROM clients_order o {{join}}
            WHERE {ORDER_VALID} AND (o.refunded_on > %(today)s
                    OR o.net >= (SELECT least::numeric FROM middle) AND o.net <= (SELECT most::numeric FROM middle))
                AND o.ordered_at >= (%(start)s::date::timestamp AT TIME ZONE %(zone)s)
                AND o.ordered_at < (%(end)s::date::timestamp AT TIME ZONE %(zone)s)
        ) o WHERE heap BETWEEN (SELECT lowest FROM middle) AND (SELECT highest FROM middle)
    )
    SELECT (SELECT number FROM middle), (SELECT count(*) FROM around), (
        SELECT min(net) + (max(net) - min(net)) * 0.5 FROM around a, middle m
        WHERE m.before + a.place IN (floor((m.total - 1) / 2), ceil((m.total - 1) / 2))
    )
"""  # noqa: S608 - constants only
_OF_MANAGER = f"""JOIN reports_trait x ON x.client_id = o.client_id AND x.from_day <= {ORDER_DAY} AND x.until_day > {ORDER_DAY}
    AND x.manager_id = %(key)s::bigint"""
#: By the dimensions of which medians are kept.
_SQL = {"": _MIDDLE.format(join=""), "manager": _MIDDLE.format(join=_OF_MANAGER)}


def of_months(asked: Question, period: Period) -> tuple[str, dict[str, Any]] | None:
    """The statement and its values, where heaps of these months are kept at all."""
    cell = facts.cell_of(asked.segment)
    if cell is None or cell[0] not in _SQL or not period.whole_months:
        return None
    dim, key = cell
    months = [month.start for month in months_of(period)]
    return _SQL[dim], {"dim": dim, "key": key, "months": months, "start": period.start, "end": period.end}


def read(rows: list[tuple[Any, ...]]) -> Decimal | None:
    """Nothing where the orders are not those that were counted, since they changed meanwhile."""
    [(counted, found, middle)] = rows
    return None if middle is None or counted != found else Decimal(str(middle))
