"""Whom a text finds: one question to the index of words, whatever is done with the answer."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from clients.models import Client
from clients.rules.search import Wanted, other_readings, readings
from core.lookups import AnyOf, Matches

#: Up to so many clients found by a text are named one by one.
FEW = 1200
#: By the index of words whatever the planner guesses. Keys come as one array in PostgreSQL's own words: a thousand rows
#: would cost more than finding them.
_FIND = """
SELECT * FROM (WITH asked AS MATERIALIZED (SELECT {query} AS query),
found AS MATERIALIZED (SELECT client_id FROM clients_clientsearch WHERE document @@ (SELECT query FROM asked)),
few AS (SELECT client_id FROM found LIMIT %s)
SELECT (SELECT query::text FROM asked), count(*), coalesce(array_agg(client_id), '{{}}')::text FROM few) AS hits
"""
_BEGINS = "to_tsquery('simple', %s)"
_MEANS = "plainto_tsquery('russian', %s)"


@dataclass(frozen=True, slots=True)
class Hits:
    """Whom a text finds: ``ids`` are all of them, or ``more`` than those. Query and keys as PostgreSQL writes them."""

    query: str
    ids: str
    number: int
    more: bool

    @property
    def condition(self) -> Q:
        """For a queryset of clients. The planner knows nothing about prefixes: few clients are named by their keys, and
        of many the first page is soon found by walking the list in its own order.
        """
        return Q(Matches("search__document", self.query)) if self.more else self.named

    @property
    def named(self) -> Q:
        """Those of ``ids`` alone."""
        return Q(AnyOf("pk", self.ids))


def find(text: str) -> Hits | None:
    """Whom the text finds as typed, else typed on the other keyboard layout; None when nothing was typed."""
    typed = readings(text)
    if not typed:
        return None
    hits = _hits(typed)
    other = [] if hits.number else other_readings(text)
    return _hits(other) if other else hits


def pick(visible: QuerySet[Client], text: str, *, limit: int) -> list[Client]:
    """A few clients to choose from, found as the list finds them; nobody while nothing is typed."""
    hits = find(text)
    if hits is None:
        return []
    found = visible.filter(hits.condition, archived_at__isnull=True)
    return list(found.order_by("sort_key", "id")[:limit])


def _hits(wanted: list[Wanted]) -> Hits:
    parts = [_query(reading) for reading in wanted]
    sql = _FIND.format(query=_joined(" || ", [part for part, _values in parts]))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*(value for _part, values in parts for value in values), FEW + 1])
        [(query, number, ids)] = cursor.fetchall()
    return Hits(query, ids, number, more=number > FEW)


def _query(wanted: Wanted) -> tuple[str, list[str]]:
    """For a ``document``: every word begins a word of the client, in any Russian form. Words are letters and digits only,
    so they cannot carry operators of the query language.
    """
    words = [_word(word) for word in wanted.words]
    parts = [_joined(" && ", [part for part, _values in words])] if words else []
    values = [value for _part, some in words for value in some]
    if wanted.key:
        quoted = wanted.key.replace("\\", "\\\\").replace("'", "''")
        parts.append(_BEGINS)
        values.append(f"'{quoted}':*")
    return _joined(" || ", parts), values


def _word(word: str) -> tuple[str, list[str]]:
    if word.isdigit() or len(word) < 3:
        return _BEGINS, [f"{word}:*"]
    return _joined(" || ", [_BEGINS, _MEANS]), [f"{word}:*", word]


def _joined(sign: str, parts: list[str]) -> str:
    return f"({sign.join(parts)})"
