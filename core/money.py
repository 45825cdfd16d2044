"""Amounts of money as people type them; ``core.formats`` shows them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
LARGEST = Decimal("999999999999.99")


def round_money(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


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
