"""Pages of keeping against the lean list and the lean page of figures: SQL queries, KB, CPU, growth."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from django.test import Client as Browser
from django.utils.timezone import localdate

from bench import growth
from bench.browsers import lean_browser, page, product_browser
from bench.keeping_data import fill_keeping
from bench.measure import Line, Run, at_most, compare, count_queries
from core.figures import add_months
from retention.models import TrustCampaign
from staff.models import User

LISTS = {
    "renewals board": "/renewals/",
    "renewals board, two filters": "/renewals/?tier=A&manager={manager}",
    "renewals by stages": "/renewals/stages/",
    "renewals list": "/renewals/list/",
    "renewals list by value": "/renewals/list/?sort=-value",
    "renewals calendar": "/renewals/calendar/",
    "renewals forecast": "/renewals/forecast/",
    "renewals disagreements": "/renewals/disagreements/",
    "records against dates": "/renewals/records/",
    "early signs": "/attention/",
    "early signs, silent": "/attention/?kind=silence",
    "win-back segments": "/winback/",
    "win-back segments of a tier": "/winback/?segment=silent&tier=A",
    "win-back board": "/winback/board/",
    "win-back list": "/winback/list/",
    "win-back returns": "/winback/returns/",
    "win-back campaigns": "/winback/campaigns/",
    "win-back campaign": "/winback/campaigns/{campaign}/",
    "refusals": "/refusals/",
    "reasons of refusals": "/refusals/reasons/",
    "interviews": "/refusals/interviews/",
    "retros": "/refusals/retros/",
    "unexplained": "/refusals/unexplained/",
    "stops": "/freezes/",
    "figures of stops": "/freezes/figures/",
}
FIGURES = {
    "department": "/reports/department/",
    "managers": "/reports/managers/",
    "one manager": "/reports/managers/bench-1/",
    "voice of the client": "/reports/voice/",
    "money": "/reports/money/",
    "from new to regular": "/reports/lifecycle/",
    "before and after": "/reports/compare/",
    "cohorts": "/reports/cohorts/",
    "who is behind renewals": "/reports/kpi/renewal_rate/clients/?{year}",
    "who is behind repeat contacts": "/reports/kpi/repeat_contact_rate/clients/?{year}",
}
#: A year of the calendar's months and, on the table, the one before it.
OVER_A_YEAR = {
    "managers over a year": "/reports/managers/?{months}",
    "one manager over a year": "/reports/managers/bench-1/?{months}",
    "department over a year": "/reports/department/?{months}",
    "figures over a year": "/reports/kpi/?{months}",
}
QUERIES = 10


def measure() -> Iterator[Line]:
    fill_keeping()
    head = User.objects.get(username="bench-7")
    ours, theirs = product_browser(head), lean_browser(head)
    kept: dict[str, float] = {}
    for name, address in LISTS.items():
        yield at_most(f"{name}, KB", len(page(ours, _address(address))) / 1024, 60)
    yield from _pages(LISTS, "/clients/", ours, theirs, 2.5, kept)
    yield from _pages(FIGURES, "/reports/kpi/", ours, theirs, 3, kept)
    yield from _pages(OVER_A_YEAR, "/reports/kpi/", ours, theirs, 10, kept)
    limits = {name: 0.2 if name in LISTS else 0.1 for name in kept}
    yield from growth.exponents("keeping", growth.size(), kept, limits)


def _address(address: str) -> str:
    this = localdate().replace(day=1)
    campaign = TrustCampaign.objects.values_list("pk", flat=True).first() or 0
    manager = User.objects.get(username="bench-1").pk
    months = f"from={add_months(this, -12)}&to={this}"
    return address.format(campaign=campaign, manager=manager, months=months, year=f"{months}&side=numerator")


def _pages(
    pages: dict[str, str], lean_page: str, ours: Browser, theirs: Browser, limit: float, kept: dict[str, float]
) -> Iterator[Line]:
    for name, address in pages.items():
        run: Run = partial(page, ours, _address(address))
        yield at_most(f"{name}, queries", count_queries(run), QUERIES)
        costs = compare({name: run, "lean": partial(page, theirs, lean_page)}, rounds=5, times=2)
        kept[name] = costs[name].total
        ratio = costs[name].total / costs["lean"].total
        yield at_most(f"{name}, CPU", ratio, limit, f"{costs[name]} : {costs['lean']} = {ratio:.2f}", "×")
