"""Pages of the product against the lean ones: SQL queries, size, CPU of the application and of PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import count
from urllib.parse import quote

from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from bench import growth
from bench.browsers import lean_browser, page, product_browser
from bench.measure import Cost, Line, Run, at_most, compare, count_queries, median_of
from bench.setup import say
from bench.web import Web, warm
from reports import services
from staff.models import User

SEARCHES = {
    "name": "вектор",
    "prefix": "кофе 123",
    "phone": "79000012345",
    "e-mail": "person777@firm777",
    "INN": "7700054321",
}


def measure() -> Iterator[Line]:
    manager, head = User.objects.get(username="bench-1"), User.objects.get(username="bench-7")
    ours, lean_one = product_browser(manager), lean_browser(manager)
    kept: dict[str, float] = {}
    yield from _lean_is_lean(lean_one)
    yield from _lists(ours, lean_one, kept)
    yield from _searches(ours, lean_one)
    yield from _typeahead(ours, kept)
    yield from _card(ours, lean_one, kept)
    yield from _kpi(product_browser(head), lean_one)
    yield from _create(ours, lean_one)
    yield from _queue(ours, kept)
    yield from growth.exponents("pages", growth.size(), kept, dict.fromkeys(kept, 0.2))


def kilobytes(content: bytes) -> float:
    return len(content) / 1024


def ratio(what: str, ours: Cost, theirs: Cost, limit: float) -> Line:
    return at_most(
        f"{what}, CPU", ours.total / theirs.total, limit, f"{ours} : {theirs} = {ours.total / theirs.total:.2f}", "×"
    )


def _lean_is_lean(browser: Client) -> Iterator[Line]:
    limits = {"list": 3, "search": 3, "card": 8, "KPI page": 3}
    addresses = {
        "list": "/clients/",
        "search": f"/clients/?q={quote('вектор')}",
        "card": "/clients/777/",
        "KPI page": "/reports/kpi/",
    }
    runs: dict[str, Run] = {name: partial(page, browser, address) for name, address in addresses.items()}
    for name, queries in limits.items():
        yield at_most(f"lean {name}, queries", count_queries(runs[name]), queries)
        yield at_most(f"lean {name}, KB", kilobytes(runs[name]()), 11)
    costs = _behind_gunicorn(addresses)
    for name in limits:
        figures = f"{costs[name]} : {costs['no-op']} = {costs[name].total / costs['no-op'].total:.1f}"
        yield at_most(f"lean {name} against no-op, CPU", costs[name].total / costs["no-op"].total, 25, figures, "×")


def _behind_gunicorn(addresses: Mapping[str, str]) -> dict[str, Cost]:
    """Rounds in which every page and the no-op view of the same server have their turn: a server's own share, and that of
    sessions nobody looks into, counts with both.
    """
    with Web("lean", workers=1) as server:
        server.log_in(User.objects.get(username="bench-1"))
        warm(server, "/noop/", *addresses.values())
        found: dict[str, list[Cost]] = {"no-op": [], **{name: [] for name in addresses}}
        for _ in range(9):
            found["no-op"].append(server.cost("/noop/", 100))
            for name, address in addresses.items():
                found[name].append(server.cost(address, 12))
    return {name: median_of(costs) for name, costs in found.items()}


def _next_page(content: bytes) -> str:
    found = re.search(r'rel="next" href="([^"]+)"', content.decode())
    assert found is not None
    return "/clients/" + found[1].replace("&amp;", "&")


def _deep(browser: Client) -> str:
    """An address nine tenths into the list."""
    from clients.models import Client as Row
    from core.pagination import _encode

    rows = Row.objects.order_by("sort_key", "id").values("sort_key", "id")
    place = rows.count() * 9 // 10
    return f"/clients/?after={_encode(rows[place], ['sort_key', 'id'])}"


def _lists(ours: Client, theirs: Client, kept: dict[str, float]) -> Iterator[Line]:
    runs = {
        "list": partial(page, ours, "/clients/"),
        "my list": partial(page, ours, "/clients/?owner=me"),
        "list, deep": partial(page, ours, _deep(ours)),
        "lean": partial(page, theirs, "/clients/"),
    }
    costs = compare(runs)
    for name in ("list", "my list"):
        yield at_most(f"{name}, queries", count_queries(runs[name]), 10)
        yield at_most(f"{name}, KB", kilobytes(runs[name]()), 60)
        yield ratio(name, costs[name], costs["lean"], 2.5)
        kept[name] = costs[name].total
    yield at_most("list, deep page against first, CPU", costs["list, deep"].total / costs["list"].total, 1.3, unit="×")


def _searches(ours: Client, theirs: Client) -> Iterator[Line]:
    runs: dict[str, Run] = {name: partial(page, ours, f"/clients/?q={text}") for name, text in SEARCHES.items()}
    costs = compare({**runs, "lean": partial(page, theirs, "/clients/?q=вектор")})
    for name, run in runs.items():
        yield at_most(f"search by {name}, queries", count_queries(run), 10)
        yield ratio(f"search by {name}", costs[name], costs["lean"], 2.5)


def _typeahead(ours: Client, kept: dict[str, float]) -> Iterator[Line]:
    """The rows alone, as they are asked for while a person types."""
    asked = {"HX-Request": "true", "HX-Target": "client-rows"}
    runs: dict[str, Run] = {
        name: partial(page, ours, f"/clients/?q={text}", **asked) for name, text in SEARCHES.items() if name != "name"
    }
    for name, cost in compare(runs).items():
        yield at_most(f"search as one types, by {name}, CPU", cost.total, 20, str(cost), " ms")
        kept[f"search as one types, by {name}"] = cost.total
    going = partial(page, ours, f"/palette/?q={SEARCHES['prefix']}", **{"HX-Request": "true"})
    palette = compare({"palette": going})["palette"]
    yield at_most("palette, queries", count_queries(going), 10)
    yield at_most("palette, CPU", palette.total, 20, str(palette), " ms")
    kept["palette"] = palette.total


def _card(ours: Client, theirs: Client, kept: dict[str, float]) -> Iterator[Line]:
    runs = {"card": partial(page, ours, "/clients/777/"), "lean": partial(page, theirs, "/clients/777/")}
    costs = compare(runs)
    yield at_most("card, queries", count_queries(runs["card"]), 15)
    yield ratio("card", costs["card"], costs["lean"], 3)
    kept["card"] = costs["card"].total


def _kpi(ours: Client, theirs: Client) -> Iterator[Line]:
    runs = {"KPI page": partial(page, ours, reverse("reports:kpi")), "lean": partial(page, theirs, "/reports/kpi/")}
    if b"figure-tile" not in runs["KPI page"]():  # a migration since leaves the figures to be put together anew
        services.rebuild_facts(now=now())
    costs = compare(runs, rounds=5, times=2)
    yield at_most("KPI page, queries", count_queries(runs["KPI page"]), 10)
    yield ratio("KPI page", costs["KPI page"], costs["lean"], 3)


_NUMBERS = count(1)


def _post(browser: Client, address: str) -> None:
    data = {
        "name": f"Новый клиент {next(_NUMBERS)}",
        "kind": "legal",
        "tier": "B",
        "timezone": "Europe/Moscow",
        "inn": "",
    }
    if address != "/clients/new/" or "owner" in data:
        raise AssertionError(address)
    answer = browser.post(address, {**data, **_EXTRA.get(id(browser), {})})
    if answer.status_code != 302:
        raise RuntimeError(f"{address}: {answer.status_code} {answer.content.decode()[:2000]}")


_EXTRA: dict[int, dict[str, str]] = {}


def _hidden(content: bytes) -> dict[str, str]:
    """What the form carries unseen: the key that makes it count once, and what a person need not touch."""
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', content.decode())
    pairs = [(re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in found]
    return {name[1]: value[1] for name, value in pairs if name and value}


def _create(ours: Client, theirs: Client) -> Iterator[Line]:
    owner = User.objects.get(username="bench-1").pk
    once = _hidden(page(ours, "/clients/new/"))

    def post() -> None:
        fresh = {
            name: f"{value}{next(_NUMBERS)}" if "key" in name or "once" in name else value
            for name, value in once.items()
        }
        _EXTRA[id(ours)] = {**fresh, "owner": str(owner), "created_on": "2026-01-15"}
        _post(ours, "/clients/new/")

    runs: dict[str, Run] = {"form create": post, "lean": partial(_post, theirs, "/clients/new/")}
    costs = compare(runs)
    yield ratio("form create", costs["form create"], costs["lean"], 4)


def _queue(ours: Client, kept: dict[str, float]) -> Iterator[Line]:
    """Where a manager's day begins."""
    run = partial(page, ours, reverse("calls:queue"))
    yield at_most("today's calls, queries", count_queries(run), 12)
    cost = compare({"calls": run})["calls"]
    say(f"  today's calls: {cost}")
    kept["today's calls"] = cost.total
