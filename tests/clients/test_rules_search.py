from __future__ import annotations

import pytest

from clients.rules.search import Wanted, other_readings, readings, swap_layout


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("ООО Ёлка", [Wanted(words=("елка",))]),
        ("ооо", [Wanted(words=("ооо",))]),
        ("8 913 000-00-00", [Wanted(words=("89130000000",)), Wanted(words=("9130000000",))]),
        ("123456", [Wanted(words=("123456",))]),
    ],
)
def test_readings_of_a_query(text: str, expected: list[Wanted]) -> None:
    assert readings(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RKBTYN", [Wanted(words=("клиент",))]),
        ("ООО Ёлка", [Wanted(words=("jjj", "krf"))]),
        ("кофе max", []),
        ("123456", []),
    ],
)
def test_other_readings_of_a_query(text: str, expected: list[Wanted]) -> None:
    assert other_readings(text) == expected


def test_swap_layout_only_where_one_alphabet_is_used() -> None:
    assert swap_layout("rkbtyn") == "клиент"
    assert swap_layout("ьфч") == "max"
    assert swap_layout("кофе max") == "кофе max"
    assert swap_layout("123") == "123"
