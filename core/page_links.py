"""Links of a keyset page that keep every filter of the address."""

from __future__ import annotations

from django.http import QueryDict


def page_urls(query: QueryDict, *, next_cursor: str, previous_cursor: str) -> dict[str, str]:
    def url(**cursor: str) -> str:
        kept = query.copy()
        kept.pop("after", None)
        kept.pop("before", None)
        kept.update(cursor)
        return f"?{kept.urlencode()}"

    return {
        "next_url": url(after=next_cursor) if next_cursor else "",
        "previous_url": url(before=previous_cursor) if previous_cursor else "",
        "first_url": url(),
    }
