"""Phone numbers: kept as E.164 (with ``;ext=`` when there is an extension), shown as people write them."""

from __future__ import annotations

import re

import phonenumbers
from django.utils.translation import gettext as _

from core.errors import DomainError

REGION = "RU"
NATIONAL_DIGITS = 10
RUSSIA = 7  # and Kazakhstan: ten digits always, though the tables know longer service numbers


class PhoneError(DomainError):
    code = "invalid_phone"


def normalize_phone(text: str, *, region: str = REGION) -> str:
    """«8 (913) 000-00-00 доб. 12» → «+79130000000;ext=12»; raises ``PhoneError`` for what cannot be dialled."""
    try:
        number = phonenumbers.parse(text.strip(), region)
    except phonenumbers.NumberParseException as error:
        raise PhoneError(_("“%(text)s” is not a phone number.") % {"text": text[:40]}) from error
    wrong = number.country_code == RUSSIA and len(str(number.national_number)) != NATIONAL_DIGITS
    if wrong or not phonenumbers.is_possible_number(number):
        raise PhoneError(_("“%(text)s” has too few or too many digits for a phone number.") % {"text": text[:40]})
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164};ext={number.extension}" if number.extension else e164


def format_phone(number: str) -> str:
    """«+79130000000» → «+7 913 000-00-00»; what is not a number comes back unchanged."""
    bare, _separator, extension = number.partition(";ext=")
    try:
        parsed = phonenumbers.parse(bare, None)
    except phonenumbers.NumberParseException:
        return number
    shown = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    words = _("ext.")
    return f"{shown} {words} {extension}" if extension else shown


def phone_digits(text: str) -> str:
    return re.sub(r"\D", "", text)
