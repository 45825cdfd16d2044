from __future__ import annotations

from functools import reduce
from operator import and_, or_

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery

from clients.rules.search import Wanted, readings

Query = SearchQuery | CombinedSearchQuery


def search_query(text: str) -> Query | None:
    """For ``search__document``: every word begins a word of the client, in any Russian form; None when nothing was typed."""
    queries = [_query(wanted) for wanted in readings(text)]
    return reduce(or_, queries) if queries else None


def _query(wanted: Wanted) -> Query:
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
