"""ИНН and КПП: what a valid one looks like. Each check answers None or the reason, for a person."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

LEGAL_DIGITS = 10
PERSON_DIGITS = 12
_TEN = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_ELEVEN = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_TWELVE = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_KPP = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}")


def bare(text: str) -> str:
    """Without the spaces and dashes that come along when copied from a document."""
    return re.sub(r"[\s\u00a0-]+", "", text)


def _check_digit(digits: str, weights: tuple[int, ...]) -> str:
    return str(sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10)


def inn_problem(inn: str, *, legal: bool | None = None) -> str | None:
    """``legal``: True – ten digits are asked for, False – twelve, None – either."""
    if not re.fullmatch(r"[0-9]+", inn):
        return _("An INN consists of digits only.")
    if legal is True and len(inn) != LEGAL_DIGITS:
        return _("The INN of a legal entity has 10 digits.")
    if legal is False and len(inn) != PERSON_DIGITS:
        return _("The INN of a person or an entrepreneur has 12 digits.")
    if len(inn) not in {LEGAL_DIGITS, PERSON_DIGITS}:
        return _("An INN has 10 or 12 digits.")
    if not _digits_agree(inn):
        return _("The check digit of this INN is wrong: look for a mistyped digit.")
    return None


def _digits_agree(inn: str) -> bool:
    if not int(inn):
        return False
    if len(inn) == LEGAL_DIGITS:
        return inn[9] == _check_digit(inn, _TEN)
    return inn[10] == _check_digit(inn, _ELEVEN) and inn[11] == _check_digit(inn, _TWELVE)


def kpp_problem(kpp: str, *, legal: bool = True) -> str | None:
    if not legal:
        return _("Only a legal entity has a KPP.")
    if not _KPP.fullmatch(kpp):
        return _("A KPP has 9 characters: digits, the fifth and sixth may be Latin capitals.")
    return None
