from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery
from django.db import connection
from django.db.models import Q, QuerySet

from clients.models import Client, ClientSearch
from clients.rules.search import Wanted, other_readings, readings
from core.lookups import AnyOf

Query = SearchQuery | CombinedSearchQuery
#: Up to so many clients found by a text are named one by one.
FEW = 1200


@dataclass(frozen=True, slots=True)
class Hits:
    """Whom a text finds: ``ids`` are all of them, or ``more`` than those."""

    query: Query
    ids: list[int]
    more: bool

    @property
    def condition(self) -> Q:
        """For a queryset of clients. The planner knows nothing about prefixes: few clients are named by their keys, and
        of many the first page is soon found by walking the list in its own order.
        """
        return Q(search__document=self.query) if self.more else self.named

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
    other = [] if hits.ids else other_readings(text)
    return _hits(other) if other else hits


def pick(visible: QuerySet[Client], text: str, *, limit: int) -> list[Client]:
    """A few clients to choose from, found as the list finds them; nobody while nothing is typed."""
    hits = find(text)
    if hits is None:
        return []
    found = visible.filter(hits.condition, archived_at__isnull=True)
    return list(found.order_by("sort_key", "id")[:limit])


def _hits(wanted: list[Wanted]) -> Hits:
    """By the index of words whatever the planner guesses."""
    query = reduce(or_, [_query(reading) for reading in wanted])
    found, params = ClientSearch.objects.filter(document=query).order_by().values("client_id").query.sql_with_params()
    with connection.cursor() as cursor:
        statement = f"WITH found AS MATERIALIZED ({found}) SELECT client_id FROM found LIMIT {FEW + 1}"  # noqa: S608 - the ORM's own
        cursor.execute(statement, params)
        ids = [row[0] for row in cursor.fetchall()]
    return Hits(query, ids, more=len(ids) > FEW)


def _query(wanted: Wanted) -> Query:
    """For a ``document``: every word begins a word of the client, in any Russian form."""
    parts: list[Query] = []
    if wanted.words:
        parts.append(reduce(and_, [_word(word) for word in wanted.words]))
    if wanted.key:
        quoted = wanted.key.replace("\\", "\\\\").replace("'", "''")
        parts.append(SearchQuery(f"'{quoted}':*", config="simple", search_type="raw"))
    return reduce(or_, parts)


def _word(word: str) -> Query:
    """Words are letters and digits only, so they cannot carry operators of the query language."""
    begins = SearchQuery(f"{word}:*", config="simple", search_type="raw")
    if word.isdigit() or len(word) < 3:
        return begins
    return begins | SearchQuery(word, config="russian", search_type="plain")
