from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from django.test import override_settings
from django.utils import translation
from hypothesis import given

from core import formats

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1240000, "1\xa0240\xa0000\xa0₽"),
        (Decimal("310000.50"), "310\xa0000,50\xa0₽"),
        (Decimal("-99.9"), "−99,90\xa0₽"),
        (0, "0\xa0₽"),
        (None, "—"),
    ],
)
def test_money(value: Decimal | None, text: str) -> None:
    assert formats.money(value) == text


def test_money_of_another_currency() -> None:
    with override_settings(CURRENCY="CHF"):
        assert formats.money(5) == "5\xa0CHF"


def test_number_in_english() -> None:
    with translation.override("en"):
        assert formats.number(1240000.5, 1) == "1,240,000.5"


@pytest.mark.parametrize(("mode", "text"), [("percent", "85,4\xa0%"), ("coefficient", "0,854")])
def test_share_as_percent_and_coefficient(mode: str, text: str) -> None:
    assert formats.share(0.8542, mode) == text
    assert formats.share(None, mode) == "—"


@pytest.mark.parametrize(("value", "text"), [(1.2, "+1,2"), (-3, "−3,0"), (0, "0,0"), (None, "—")])
def test_change_carries_its_sign(value: float | None, text: str) -> None:
    assert formats.change(value) == text


@pytest.mark.parametrize("places", range(4))
@given(value=st.floats(-1e12, 1e12) | st.decimals(-1000, 1000, places=5).map(float))
def test_a_fraction_is_rounded_as_it_reads(places: int, value: float) -> None:
    """Halves to the even digit, whatever a binary fraction makes of them."""
    exact = Decimal(str(value))
    with translation.override("en"):
        assert formats.number(value, places) == f"{round(exact, places):,.{places}f}".replace("-", "−")
        assert formats.share(value, places=places) == formats.share(exact, places=places)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.125, 2, "0,12"),
        (2.675, 2, "2,68"),
        (0.5, 0, "0"),
        (1.5, 0, "2"),
        (-1234.5, 1, "−1\xa0234,5"),
        (12, 1, "12,0"),
    ],
)
def test_a_half_goes_to_the_even_digit(value: float, places: int, text: str) -> None:
    assert formats.number(value, places) == text


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 11, 21), "сегодня"),
        (date(2026, 11, 20), "вчера"),
        (date(2026, 11, 22), "завтра"),
        (date(2026, 11, 19), "2 дня назад"),
        (date(2026, 11, 16), "5 дней назад"),
        (date(2026, 11, 24), "через 3 дня"),
        (date(2026, 9, 14), "14\xa0сен"),
        (date(2025, 12, 31), "31\xa0дек\xa02025"),
        (None, "—"),
    ],
)
def test_relative_day(day: date | None, text: str) -> None:
    assert formats.relative_day(day, TODAY) == text


def test_moment_is_told_in_company_time() -> None:
    assert formats.moment(datetime(2025, 12, 31, 22, 30, tzinfo=UTC)).endswith("01:30")
    assert formats.moment(None) == "—"
    assert formats.short_day(None) == "—"


@pytest.mark.parametrize(
    ("raw", "text"),
    [("+79130000000", "+7\xa0913\xa0000-00-00"), ("8 (913) 000 00 00", "+7\xa0913\xa0000-00-00"), ("доб.", "доб.")],
)
def test_phone(raw: str, text: str) -> None:
    assert formats.phone(raw) == text


@pytest.mark.parametrize(
    ("language", "month", "said"),
    [("ru", 12, "14 дек 2026"), ("en", 12, "14 Dec 2026"), ("ru", 5, "14 мая 2026"), ("en", 5, "14 May 2026")],
)
def test_short_months_are_written_as_the_language_writes_them(language: str, month: int, said: str) -> None:
    day = date(2026, month, 14)
    with translation.override(language):
        assert formats.dated(day, "j b Y") == said
        assert formats.short_day(day, date(2025, 1, 1)).replace(formats.NBSP, " ") == said
