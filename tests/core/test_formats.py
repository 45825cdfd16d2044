from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import override_settings
from django.utils import translation

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
