"""Form fields that every room uses: money, days, times, moments, one-line texts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from core.money import parse_money
from core.workdays import FIRST_YEAR, LAST_YEAR


class MoneyInput(forms.TextInput):
    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "decimal", "class": "num", "autocomplete": "off"})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, Decimal):
            return f"{value:.2f}".removesuffix(".00").replace(".", ",")
        return None if value is None else str(value)


class MoneyField(forms.CharField):
    """Takes «1 240 000,50 ₽» and 1240000.5."""

    widget = MoneyInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value))
        if not text:
            return None
        amount = parse_money(text)
        if amount is None:
            raise forms.ValidationError(_("Enter an amount, for example 120 000,50."))
        if amount < 0:
            raise forms.ValidationError(_("An amount cannot be negative."))
        return amount


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DateField(forms.DateField):
    """A day that business can be about: figures and sweeps reckon months and years from it."""

    widget = DateInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d", "%d.%m.%Y"], **kwargs)

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(_("The year must lie between 1990 and 2199."), code="range")
        return day


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    widget = MomentInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M%z", "%d.%m.%Y %H:%M"], **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > 16 and value[10:11] == "T":
            value = value[:16]  # an ISO value with its offset, as the merge carries it: company time
        return super().to_python(value)


class OneLine(forms.CharField):
    """No line breaks, no control signs: it goes into subjects and headers."""

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value) or "").split())
