"""Many threads send the same hand-offs again and again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

from tests.handoff_factories import make_body

Answer = tuple[int, dict[str, Any]]
Send = Callable[[list[dict[str, Any]]], list[Answer]]


def send_in_threads(send: Send, *, threads: int, deals: int) -> tuple[list[dict[str, Any]], list[list[Answer]]]:
    """Each thread sends every deal once, in an order of its own; answers per thread, in the order of the deals."""
    bodies = [make_body() for _number in range(deals)]

    def run(number: int) -> list[Answer]:
        order = list(range(deals))
        Random(number).shuffle(order)
        answers = dict(zip(order, send([bodies[place] for place in order]), strict=True))
        return [answers[place] for place in range(deals)]

    with ThreadPoolExecutor(threads) as pool:
        return bodies, list(pool.map(run, range(threads)))


def assert_once_each(answers: list[list[Answer]]) -> None:
    for same in zip(*answers, strict=True):
        assert sorted(status for status, _body in same) == [200] * (len(same) - 1) + [201]
        assert all(body == same[0][1] for _status, body in same)
