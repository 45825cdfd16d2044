"""How values read on a page: money, shares, dates, phones. Everything answers plain text."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import phonenumbers
from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

Number = int | float | Decimal
NBSP = "\u00a0"
NOTHING = "—"
SIGNS = {"RUB": "₽", "USD": "$", "EUR": "€", "KZT": "₸", "BYN": "Br"}
PERCENT = "percent"
COEFFICIENT = "coefficient"


def number(value: Number | None, places: int = 0, language: str | None = None) -> str:
    """1 240 000,50 in Russian; a dash for nothing. Whoever writes hundreds of them says which language it is."""
    if value is None:
        return NOTHING
    if type(value) is int and 0 <= value < 1000 and not places:
        return str(value)  # the same in every language
    if isinstance(value, int) or (isinstance(value, float) and not _at_half(value, places)):
        return _written(f"{value:,.{places}f}", language)
    return _written(f"{round(_exact(value), places):,.{places}f}", language)


def _at_half(value: float, places: int) -> bool:
    """Whether it might read as a half in its last place, which only decimal digits can tell."""
    shifted = abs(value) * 10**places
    return not shifted < 1e9 or abs(shifted % 1 - 0.5) < 1e-6


def _exact(value: Number) -> Decimal:
    """A binary fraction as it reads."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _written(text: str, language: str | None) -> str:
    """A number with the signs of its language."""
    groups, point = _signs(language or get_language())
    whole, dot, rest = text.partition(".")
    whole = whole.replace(",", groups).replace("-", "−")
    return f"{whole}{point}{rest}" if dot else whole


@lru_cache(maxsize=16)
def _signs(language: str | None) -> tuple[str, str]:
    """What this language puts between thousands and before a fraction."""
    groups = str(formats.get_format("THOUSAND_SEPARATOR", language, use_l10n=True)).replace(" ", NBSP)
    return groups, str(formats.get_format("DECIMAL_SEPARATOR", language))


def money(value: Number | None, language: str | None = None) -> str:
    """Whole amounts without kopecks, others with two places; the sign of the company's currency behind."""
    if value is None:
        return NOTHING
    places, currency = 0 if value == int(value) else 2, settings.CURRENCY
    return f"{number(value, places, language)}{NBSP}{SIGNS.get(currency, currency)}"


def share(value: Number | None, mode: str = PERCENT, places: int = 1, language: str | None = None) -> str:
    """0.8542 reads 85,4 % or, as a coefficient, 0,854."""
    if value is None:
        return NOTHING
    if mode == COEFFICIENT:
        return number(value, places + 2, language)
    if isinstance(value, float) and not _at_half(value, places + 2):
        return f"{_written(f'{value * 100:,.{places}f}', language)}{NBSP}%"
    return f"{number(_exact(value) * 100, places, language)}{NBSP}%"


def change(value: Number | None, places: int = 1, language: str | None = None) -> str:
    """A difference with its sign: +1,2 or −3."""
    if value is None:
        return NOTHING
    text = number(value, places, language)
    return f"+{text}" if value > 0 else text


def as_given(value: Decimal) -> str:
    """With as many places as it has: 5 and 7,5."""
    return number(value, max(0, -int(value.normalize().as_tuple().exponent)))


def change_share(value: Decimal | None) -> str:
    """−20,0 %; of nothing and of what reads as nought nothing."""
    text = NOTHING if value is None else change(value * 100)
    return f"{text}{NBSP}%" if any(digit in text for digit in "123456789") else ""


def day_of(value: date | datetime) -> date:
    return timezone.localdate(value) if isinstance(value, datetime) else value


def short_day(value: date | datetime | None, today: date | None = None, language: str | None = None) -> str:
    """14 Dec; the year only when it is another one."""
    if value is None:
        return NOTHING
    day = day_of(value)
    pattern = "j b" if day.year == (today or timezone.localdate()).year else "j b Y"
    return _day(day, pattern, language or get_language())


@lru_cache(maxsize=4096)
def _day(day: date, pattern: str, language: str | None) -> str:
    return dated(day, pattern, language).replace(" ", NBSP)


MAY = 5  # Django shortens it to its nominative, «31 май»; its whole name is no longer


def dated(value: date | datetime, pattern: str, language: str | None = None) -> str:
    """``date_format`` whose short month, ``b``, is written as the language writes it: 14 дек, but 14 Dec."""
    if value.month == MAY:
        pattern = pattern.replace("j b", "j E")
    is_english = (language or get_language() or "").startswith("en")
    return formats.date_format(value, pattern.replace("b", "M") if is_english else pattern)


def relative_day(value: date | datetime | None, today: date | None = None, language: str | None = None) -> str:
    """today, yesterday, in 3 days; a date when it is more than a month away."""
    if value is None:
        return NOTHING
    today = today or timezone.localdate()
    distance = (day_of(value) - today).days
    if abs(distance) > 31:
        return short_day(value, today, language)
    return _distance(distance, language or get_language())


@lru_cache(maxsize=256)
def _distance(days: int, language: str | None) -> str:
    words = {0: _("today"), -1: _("yesterday"), 1: _("tomorrow")}
    if days in words:
        return words[days]
    if days < 0:
        return ngettext("%(days)d day ago", "%(days)d days ago", -days) % {"days": -days}
    return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}


def moment(value: datetime | None) -> str:
    """14 Dec, 10:30 in the current time zone."""
    if value is None:
        return NOTHING
    return f"{short_day(value)}, {timezone.localtime(value):%H:%M}"


@lru_cache(maxsize=4096)
def phone(value: str) -> str:
    """+7 913 000-00-00; what is not a number stays as it was written."""
    try:
        return phonenumbers.format_number(
            phonenumbers.parse(value, "RU"), phonenumbers.PhoneNumberFormat.INTERNATIONAL
        ).replace(" ", NBSP)
    except phonenumbers.NumberParseException:
        return value
