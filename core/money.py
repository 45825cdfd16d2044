"""Amounts of money as people read and type them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.conf import settings

CENT = Decimal("0.01")
NBSP = "\u00a0"
SIGNS = {"RUB": "₽", "USD": "$", "EUR": "€", "KZT": "₸", "BYN": "Br"}
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
LARGEST = Decimal("999999999999.99")


def round_money(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def format_number(value: Decimal | int, *, cents: bool | None = None) -> str:
    """1240000 → «1 240 000» with spaces that do not break; cents only where there are any."""
    amount = round_money(Decimal(value))
    with_cents = amount != amount.to_integral_value() if cents is None else cents
    return f"{amount:,.{2 if with_cents else 0}f}".replace(",", NBSP).replace(".", ",").replace("-", "−")


def format_money(value: Decimal | int, *, cents: bool | None = None) -> str:
    return f"{format_number(value, cents=cents)}{NBSP}{SIGNS.get(settings.CURRENCY, settings.CURRENCY)}"


def parse_money(text: str) -> Decimal | None:
    """Reads «1 240 000,50 ₽» and 1240000.5; nothing else: None. Never more than two decimals."""
    bare = _SPACES.sub("", text).removesuffix("₽").replace(",", ".").replace("−", "-")
    if not re.fullmatch(r"-?\d{1,14}(\.\d{1,2}0*)?", bare):
        return None
    try:
        amount = round_money(Decimal(bare))
    except InvalidOperation:  # pragma: no cover - the pattern above lets only numbers through
        return None
    return amount if abs(amount) <= LARGEST else None
