"""What something cost at one size, kept for the run at ten times that size: together they give the growth exponent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import log10
from pathlib import Path

from django.conf import settings

from bench.measure import Line, at_most
from bench.setup import say

SIZES = (1, 10)


def size() -> int:
    """Of the database that is open."""
    from clients.models import Client

    return SIZES[1] if Client.objects.filter(pk__gt=500_000).exists() else SIZES[0]


def _file(part: str, size: int) -> Path:
    return Path(settings.VAR_DIR) / "bench" / f"{part}-{size}.json"


def exponents(part: str, size: int, costs: Mapping[str, float], limits: Mapping[str, float]) -> Iterator[Line]:
    """Keeps the CPU milliseconds of this size; at ten times the size compares with those kept of the first."""
    kept = _file(part, size)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(dict(costs)))
    small = _file(part, SIZES[0])
    if size == SIZES[0]:
        return
    if not small.exists():
        say(f"  {part}: no growth without a run at size {SIZES[0]} in the same VAR_DIR")
        return
    before = json.loads(small.read_text())
    for name, limit in limits.items():
        if before.get(name) and name in costs:
            said = f"{before[name]:.1f} → {costs[name]:.1f} ms"
            exponent = log10(costs[name] / before[name])
            yield at_most(f"{name}, growth exponent", exponent, limit, f"{exponent:.2f} ({said})")
