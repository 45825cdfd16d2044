"""How much a web worker holds after 1,000 and after 10,000 requests of a mixed day."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import cycle, islice

from django.urls import reverse

from bench.measure import Line, at_most
from bench.setup import say
from bench.web import Web, warm
from staff.models import User

EARLY, LATE = 1_000, 10_000
LIMIT_MB, GROWTH_MB = 150, 10


def measure() -> Iterator[Line]:
    late = int(os.environ.get("BENCH_REQUESTS", LATE))
    with Web("product", workers=1) as web:
        web.log_in(User.objects.get(username="bench-1"))
        pages = _day()
        warm(web, *pages, times=2)
        asked = cycle(pages)
        for address in islice(asked, EARLY):
            web.get(address)
        early = web.resident_mb()
        say(f"{early:.1f} MB after {EARLY} requests")
        for address in islice(asked, late - EARLY):
            web.get(address)
        last = web.resident_mb()
    yield at_most(f"web worker after {late:,} requests", last, LIMIT_MB, f"{last:.1f} MB")
    yield at_most(
        f"web worker, growth since request {EARLY:,}", max(last - early, 0.0), GROWTH_MB, f"{last - early:.1f} MB"
    )


def _day() -> list[str]:
    """Lists, cards of many clients, the day's calls and the counts that every open page asks for."""
    clients, calls, counts = reverse("clients:list"), reverse("calls:queue"), reverse("desk:counts")
    cards = [reverse("clients:card", args=[number]) for number in range(1, 60)]
    return [address for card in cards for address in (card, counts)] + [clients, f"{clients}?owner=me", calls] * 3
