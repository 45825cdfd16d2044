"""The rules of ``retention.rules.contracts`` as SQL: spans of contracts, who follows whom, which ends are due.

A span is a stretch of cover that becomes due once: a contract, or one prolongation of it. Dates without an end stand at
``FOREVER``: it can be added to.
"""

from __future__ import annotations

from clients.metrics import CLIENTS
from core.figures import Part

FOREVER = "'9999-12-30'::date"
DAYS_IN_MONTH = "30.4375"
PLACES = 20  # as many as the derived tables keep, so that both ways give the same digits


def months_sql(first: str, last: str) -> str:
    """Term in months: whole calendar months where it is exactly that, else days / 30.4375."""
    after = f"({last} + 1)::timestamp"
    count = (
        f"((date_part('year', {after}) - date_part('year', {first}::timestamp)) * 12"
        f" + date_part('month', {after}) - date_part('month', {first}::timestamp))::int"
    )
    return (
        f"(CASE WHEN date_part('day', {first}::timestamp) - date_part('day', {after}) IN (0, 1, 2, 3) AND {count} > 0"
        f" AND {first}::timestamp + make_interval(months => {count}) = {after}"
        f" THEN {count}::numeric ELSE ({last} - {first} + 1)::numeric / {DAYS_IN_MONTH} END)"
    )


CONTRACT = Part(
    "contract",
    f"""
    SELECT c.id, c.client_id, c.signed_on, c.starts_on, c.ends_on, NULLIF(c.prolongation_months, 0) AS step,
        CASE WHEN c.terminated_on <= %(today)s THEN c.terminated_on END AS stopped_on,
        round(c.amount / CASE WHEN c.ends_on IS NULL THEN 12
            ELSE {months_sql("c.starts_on", "c.ends_on")} END, {PLACES}) AS mv,
        COALESCE(p.products, '{{}}'::bigint[]) AS products
    FROM clients_contract c LEFT JOIN (
        SELECT cp.contract_id, array_agg(cp.product_id) AS products FROM clients_contract_products cp
        WHERE %(clients)s::bigint[] IS NULL
            OR cp.contract_id IN (SELECT k.id FROM clients_contract k WHERE k.client_id = ANY(%(clients)s::bigint[]))
        GROUP BY cp.contract_id
    ) p ON p.contract_id = c.id
    WHERE c.signed_on <= %(today)s AND {CLIENTS.format(alias="c")}
    """,
)

SPAN = Part(
    "span",
    f"""
    SELECT id, 0 AS turn, client_id, products, mv, signed_on AS known_on, starts_on AS start,
        COALESCE(LEAST(ends_on, stopped_on), {FOREVER}) AS finish
    FROM contract
    UNION ALL
    SELECT c.id, n.turn, c.client_id, c.products, c.mv, t.start - 1, t.start, LEAST(t.natural_end, c.stopped_on)
    FROM contract c
    CROSS JOIN LATERAL generate_series(1, GREATEST(0, (
        (EXTRACT(YEAR FROM %(today)s::date) - EXTRACT(YEAR FROM c.ends_on)) * 12
        + EXTRACT(MONTH FROM %(today)s::date) - EXTRACT(MONTH FROM c.ends_on))::int / c.step + 1)) AS n(turn)
    CROSS JOIN LATERAL (SELECT
        (c.ends_on + 1 + make_interval(months => (n.turn - 1) * c.step))::date AS start,
        (c.ends_on + 1 + make_interval(months => n.turn * c.step))::date - 1 AS natural_end) AS t
    WHERE c.step IS NOT NULL AND c.ends_on IS NOT NULL AND t.start - 1 <= %(today)s
        AND (c.stopped_on IS NULL OR t.start <= c.stopped_on)
    """,
    (CONTRACT,),
)

IN_LINE = "(cardinality(s.products) = 0 OR cardinality(o.products) = 0 OR s.products && o.products)"

#: Spans of a client by start with the one after. ``plain``: they stand in a row without touching each other's days, each
#: in line with the next, which was signed in time. Then what follows a span, what it is worth and what covers a day are
#: the row itself; only the others have to be compared each with each.
CHAIN = Part(
    "chain",
    """
    SELECT *, bool_and(alone) OVER (PARTITION BY client_id) AS plain
    FROM (
        SELECT *, finish >= start AND (next_start IS NULL OR next_start > finish AND next_known <= finish + %(grace)s
            AND (cardinality(products) = 0 OR cardinality(next_products) = 0 OR products && next_products)) AS alone
        FROM (
            SELECT s.*, row_number() OVER by_start AS place, LAG(finish) OVER by_start AS before,
                LEAD(start) OVER by_start AS next_start, LEAD(known_on) OVER by_start AS next_known,
                LEAD(mv) OVER by_start AS next_mv, LEAD(products) OVER by_start AS next_products
            FROM span s WINDOW by_start AS (PARTITION BY client_id ORDER BY start, id, turn)
        ) n
    ) a
    """,
    (SPAN,),
)

TANGLED = Part(
    "tangled", "SELECT id, turn, client_id, products, mv, known_on, start, finish FROM chain WHERE NOT plain", (CHAIN,)
)

#: Inside another one in line (of two equal ones the older stays inside the newer): never due.
NESTED = Part(
    "nested",
    f"""
    SELECT DISTINCT s.id, s.turn FROM tangled s JOIN tangled o
        ON o.client_id = s.client_id AND o.start <= s.start AND o.finish >= s.finish
        AND (o.start < s.start OR o.finish > s.finish OR o.id > s.id) AND {IN_LINE}
    """,
    (TANGLED,),
)

#: First in line by start that starts after and ends later; ``in_time`` knows only what was signed within the grace.
FOLLOW = Part(
    "follow",
    f"""
    SELECT DISTINCT ON (s.id, s.turn, w.in_time) s.id, s.turn, w.in_time, o.start, o.mv
    FROM tangled s JOIN tangled o
        ON o.client_id = s.client_id AND o.start > s.start AND o.finish > s.finish AND {IN_LINE}
    CROSS JOIN (VALUES (TRUE), (FALSE)) AS w(in_time)
    WHERE s.finish < {FOREVER} AND (NOT w.in_time OR o.known_on <= s.finish + %(grace)s)
    ORDER BY s.id, s.turn, w.in_time, o.start, o.finish DESC, o.id DESC
    """,
    (TANGLED,),
)

#: Every span that ends, with what follows it.
DUE = Part(
    "due",
    f"""
    SELECT id, turn, client_id, finish AS day, products, mv, next_mv, next_start AS back_on, FALSE AS replaced,
        next_start IS NOT NULL AND next_start <= finish + 1 + %(grace)s AS renewed
    FROM chain WHERE plain AND finish < {FOREVER}
    UNION ALL
    SELECT s.id, s.turn, s.client_id, s.finish, s.products, s.mv, f.mv, later.start,
        f.start IS NOT NULL AND f.start < s.finish + 1 - %(early)s,
        f.start IS NOT NULL AND f.start >= s.finish + 1 - %(early)s AND f.start <= s.finish + 1 + %(grace)s
    FROM tangled s LEFT JOIN nested n ON n.id = s.id AND n.turn = s.turn
    LEFT JOIN follow f ON f.id = s.id AND f.turn = s.turn AND f.in_time
    LEFT JOIN follow later ON later.id = s.id AND later.turn = s.turn AND NOT later.in_time
    WHERE s.finish < {FOREVER} AND n.id IS NULL
    """,
    (CHAIN, NESTED, FOLLOW),
)
