"""Whom a text finds: one question to the database, whatever is done with the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from clients.models import Client
from clients.rules.search import Wanted, other_readings, readings
from core.lookups import AnyOf, Matches
from core.prepared import Asking

#: Up to so many clients found by a text are named one by one.
FEW = 1200
#: Of each word the clients of as many lexemes as it begins, in their order and up to a limit: never more is read however
#: many share it. The rarest word of a reading decides whom to look at; a word alone that begins more than the limit finds
#: too many to name. When each of several words does, this cannot tell (NULL). A word that PostgreSQL's parser would read
#: otherwise has no list of its own. Keys come as one array in PostgreSQL's own words: a thousand rows would cost more than
#: finding them.
_BY_RAREST = Asking("""
WITH lists AS MATERIALIZED (
    SELECT t.reading,
        CASE WHEN t.stems THEN to_tsquery('simple', t.begins) || plainto_tsquery('russian', t.word)
             ELSE to_tsquery('simple', t.begins) END AS query,
        CASE WHEN t.is_key OR tsvector_to_array(to_tsvector('simple', t.word)) = ARRAY[t.word] THEN array(
            SELECT w.client_id FROM clients_clientword w
            WHERE w.word >= t.word AND w.word < t.word || U&'\\+10FFFF'
            UNION ALL
            SELECT w.client_id FROM unnest(tsvector_to_array(to_tsvector('russian', t.word))) AS s (stem)
            JOIN clients_clientword w ON w.word = s.stem COLLATE "C"
            WHERE t.stems AND NOT starts_with(s.stem, t.word)
            LIMIT %(most)s)
        END AS ids
    FROM unnest(%(readings)s::int[], %(words)s::text[], %(begins)s::text[], %(stems)s::boolean[], %(keys)s::boolean[])
        AS t (reading, word, begins, stems, is_key)
),
asked AS MATERIALIZED (
    SELECT coalesce(string_agg(whole, ' | '), '')::tsquery AS query FROM (
        SELECT '(' || string_agg('(' || query::text || ')', ' & ') || ')' AS whole
        FROM lists WHERE numnode(query) > 0 GROUP BY reading
    ) AS each_reading
),
rarest AS MATERIALIZED (
    SELECT DISTINCT ON (reading) reading, ids, coalesce(cardinality(ids) >= %(most)s, true) AS cut,
           count(*) OVER (PARTITION BY reading) = 1 AND ids IS NOT NULL AS alone
    FROM lists ORDER BY reading, cardinality(ids) NULLS LAST
),
few AS (
    SELECT client_id FROM clients_clientsearch
    WHERE client_id = ANY(array(SELECT unnest(ids) FROM rarest WHERE NOT cut OR alone))
      AND document @@ (SELECT query FROM asked)
    LIMIT %(few)s
)
SELECT (SELECT query::text FROM asked),
       (SELECT CASE WHEN bool_or(cut AND alone) THEN true WHEN NOT bool_or(cut) THEN false END FROM rarest),
       count(*), coalesce(array_agg(client_id), '{}')::text FROM few
""")
#: Where that cannot tell: by the index of words whatever the planner guesses.
_BY_INDEX = Asking("""
WITH found AS MATERIALIZED (SELECT client_id FROM clients_clientsearch WHERE document @@ %(query)s::tsquery),
few AS (SELECT client_id FROM found LIMIT %(few)s)
SELECT count(*), coalesce(array_agg(client_id), '{}')::text FROM few
""")


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
    readings, words, begins, stems, keys = map(list, zip(*_terms(wanted), strict=True))
    most = 2 * FEW + 1  # a word and its stem are two lexemes of one client
    values = {"readings": readings, "words": words, "begins": begins, "stems": stems, "keys": keys}
    [(query, many, number, ids)] = _BY_RAREST.rows({**values, "most": most, "few": FEW + 1})
    if many is None:
        [(number, ids)] = _BY_INDEX.rows({"query": query, "few": FEW + 1})
    return Hits(query, ids, number, more=bool(many) or number > FEW)


def _terms(wanted: list[Wanted]) -> Iterator[tuple[int, str, str, bool, bool]]:
    """Which reading, what begins a lexeme, the same for ``to_tsquery``, whether its stem counts too, whether it is a key.
    Every word of a reading begins a word of the client, in any Russian form, or its key does a key. Words are letters and
    digits only, so they cannot carry operators of the query language.
    """
    for number, reading in enumerate(wanted):
        for word in reading.words:
            yield 2 * number, word, f"{word}:*", len(word) >= 3 and not word.isdigit(), False
        if reading.key:
            quoted = reading.key.replace("\\", "\\\\").replace("'", "''")
            yield 2 * number + 1, reading.key, f"'{quoted}':*", False, True
