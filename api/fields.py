"""Values as they come from outside, checked once for every endpoint."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.phones import PhoneError, normalize_phone
from core.workdays import FIRST_YEAR, LAST_YEAR
from staff.zones import known_zones


class Text(serializers.CharField):
    """Optional text; null is the same as nothing."""

    def __init__(self, max_length: int, **options: Any) -> None:
        options.setdefault("required", False)
        if not options["required"]:
            options.setdefault("allow_blank", True)
            options.setdefault("default", "")
        super().__init__(max_length=max_length, **options)


class Key(serializers.CharField):
    """An identifier of the other side's."""

    def __init__(self, max_length: int = 100, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)


class Rows(serializers.ListField):
    default_error_messages = {
        "not_a_list": _("Expected a list."),
        "min_length": _("At least {min_length} is needed."),
        "max_length": _("At most {max_length} are taken."),
    }


class Day(serializers.DateField):
    default_error_messages = {
        "invalid": _("Expected a date such as 2026-03-01."),
        "range": _("The year must lie between 1990 and 2199."),
    }

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail("range")
        return day


class Moment(serializers.DateTimeField):
    """ISO 8601; without an offset it is the company's time."""

    default_error_messages = {"range": _("The year must lie between 1990 and 2199.")}

    def to_internal_value(self, value: Any) -> datetime:
        moment: datetime = super().to_internal_value(value)
        try:
            year = moment.astimezone(UTC).year
        except OverflowError:
            year = 0
        if not FIRST_YEAR <= year <= LAST_YEAR:
            self.fail("range")
        return moment


class Money(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, min_value=0, **options)


class Zone(serializers.CharField):
    """A name of the IANA time zone database."""

    default_error_messages = {"zone": _("This time zone is unknown; an example: Asia/Novosibirsk.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, **options)

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if name not in known_zones():
            self.fail("zone")
        return name


@extend_schema_field({"type": "string"})
class Phone(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            return normalize_phone(text)
        except PhoneError as error:
            raise serializers.ValidationError(str(error.detail), code=error.code) from error
