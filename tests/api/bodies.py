"""Bodies no schema would ever think of: any JSON at all, and good bodies with one place spoilt."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from rest_framework.test import APIClient

from tests.handoff_factories import make_body

_LEAVES = some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=40)
ANYTHING = some.recursive(
    _LEAVES,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
ORDER = {"client": "c-1", "ordered_at": "2026-11-20T10:00:00+03:00", "amount": "100.00", "status": "new"}


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, part in inner for place in _places(part, (*path, name)))]


def spoil(body: Any, place: tuple[Any, ...], by: Any) -> Any:
    if not place:
        return by
    spoilt = deepcopy(body)
    outer = spoilt
    for name in place[:-1]:
        outer = outer[name]
    outer[place[-1]] = by
    return spoilt


def send_any_bodies(program: APIClient, *, examples: int) -> int:
    """To every address that takes one; answers how many were sent."""
    return (
        _send(program, "POST", "/api/v1/handoffs", make_body(), examples)
        + _send(program, "PUT", "/api/v1/orders/any", ORDER, examples)
        + _send(program, "POST", "/api/v1/handoffs/1/accept", {}, examples)
        + _send(program, "POST", "/api/v1/handoffs/1/return", {"reason": "other"}, examples)
    )


def _send(program: APIClient, method: str, address: str, good: dict[str, Any], examples: int) -> int:
    sent = 0

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(place=some.sampled_from(_places(good)), by=ANYTHING)
    def probe(place: tuple[Any, ...], by: Any) -> None:
        nonlocal sent
        sent += 1
        raw = json.dumps(spoil(good, place, by)).encode()
        answer = program.generic(method, address, raw, content_type="application/json")  # type: ignore[arg-type]
        assert answer.status_code < 500, raw[:500]
        assert answer.status_code < 400 or {"code", "detail"} <= set(answer.json()), raw[:500]

    probe()
    return sent
