"""Forms of the company's settings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from core.fields import DateInput, TimeInput
from core.forms import EditForm
from core.models import Company, WorkingPeriod

SLOTS = 2


class CompanyForm(EditForm, forms.ModelForm[Company]):
    """Checks the values; the service writes them."""

    class Meta:
        model = Company
        fields = [
            "name",
            "department_name",
            "department_started_on",
            "accept_hours",
            "weight_a",
            "weight_b",
            "weight_c",
            "grace_days",
            "early_days",
            "active_days",
            "low_score",
            "high_score",
            "complaint_hours",
            "answer_edit_hours",
            "letter_hour",
            "morning_letter",
            "regular_orders",
            "regular_days",
            "attention_per_day",
            "acquisition_cost",
            "acquisition_factor",
        ]
        widgets = {"department_started_on": DateInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag, self.helper.disable_csrf = False, True
        self.helper.layout = Layout(
            "original",
            Fieldset(_("Company"), "name", "department_name", "department_started_on", "letter_hour", "morning_letter"),
            Fieldset(_("Hand-off and load"), "accept_hours", "weight_a", "weight_b", "weight_c"),
            Fieldset(_("Surveys and complaints"), "low_score", "high_score", "answer_edit_hours", "complaint_hours"),
            Fieldset(_("How figures are counted"), "grace_days", "early_days", "active_days"),
            Fieldset(_("Keeping clients"), "regular_orders", "regular_days", "attention_per_day"),
            Fieldset(_("What a new client costs"), "acquisition_cost", "acquisition_factor"),
        )

    def clean_acquisition_cost(self) -> Decimal | None:
        cost: Decimal | None = self.cleaned_data["acquisition_cost"]
        if cost is not None and cost < 0:
            raise forms.ValidationError(_("A cost is not below nought."))
        return cost

    def clean(self) -> dict[str, Any]:
        cleaned = dict(super().clean() or {})
        low, high = cleaned.get("low_score"), cleaned.get("high_score")
        if low is not None and high is not None and low >= high:
            self.add_error("low_score", _("A low score must be below a high one."))
        return cleaned


class HoursForm(forms.Form):
    """Two periods for each day of the week: the gap between them is the break."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday in WEEKDAYS:
            for slot in range(SLOTS):
                for end in ("starts", "ends"):
                    label = _("from") if end == "starts" else _("until")
                    self.fields[f"{end}_{weekday}_{slot}"] = forms.TimeField(
                        required=False, widget=TimeInput(), label=label
                    )

    @property
    def days(self) -> list[dict[str, Any]]:
        return [
            {
                "label": label,
                "slots": [(self[f"starts_{weekday}_{slot}"], self[f"ends_{weekday}_{slot}"]) for slot in range(SLOTS)],
            }
            for weekday, label in WEEKDAYS.items()
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = dict(super().clean() or {})
        for weekday, label in WEEKDAYS.items():
            for slot in range(SLOTS):
                starts, ends = cleaned.get(f"starts_{weekday}_{slot}"), cleaned.get(f"ends_{weekday}_{slot}")
                if (starts is None) != (ends is None):
                    raise forms.ValidationError(_("%(day)s: give both hours or none."), params={"day": label})
        return cleaned

    @property
    def periods(self) -> list[tuple[int, time, time]]:
        pairs = [
            (weekday, self.cleaned_data[f"starts_{weekday}_{slot}"], self.cleaned_data[f"ends_{weekday}_{slot}"])
            for weekday in WEEKDAYS
            for slot in range(SLOTS)
        ]
        return [(weekday, starts, ends) for weekday, starts, ends in pairs if starts is not None]

    @staticmethod
    def initial_of(rows: Iterable[WorkingPeriod]) -> dict[str, time]:
        initial: dict[str, time] = {}
        slots: dict[int, int] = {}
        for row in rows:
            slot = slots.get(row.weekday, 0)
            slots[row.weekday] = slot + 1
            initial[f"starts_{row.weekday}_{slot}"] = row.starts
            initial[f"ends_{row.weekday}_{slot}"] = row.ends
        return initial


class OverrideForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=DateInput())
    is_working = forms.TypedChoiceField(
        label=_("What it is"),
        choices=[("0", _("day off")), ("1", _("working day"))],
        coerce=lambda value: value == "1",
    )
    note = forms.CharField(label=_("Reason"), max_length=200, required=False)
