from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.enums import Tier
from core.figures import Unit
from reports.bonus.queries import lines_of
from reports.bonus.rules import Line, WrongStepsError, read_steps, write_steps
from reports.enums import BonusPays
from reports.managers.queries import OFFERED
from reports.models import BonusRules
from reports.registry import FIGURES

#: Bootstrap's classes: the editor lays its fields out itself.
INPUT, SELECT = {"class": "form-control"}, {"class": "form-select"}
SPARE_LINES = 2
MOST_LINES = 20


def is_share(figure: str) -> bool:
    return FIGURES[figure].unit is Unit.SHARE


class RulesForm(forms.Form):
    month = forms.CharField(
        label=_("From the month"),
        widget=forms.TextInput(
            attrs={**INPUT, "type": "month", "placeholder": "2026-12", "pattern": "[0-9]{4}-[0-9]{2}"}
        ),
    )
    base = forms.DecimalField(
        label=_("Base, ₽"), min_value=0, max_digits=12, decimal_places=2, widget=forms.NumberInput(attrs=INPUT)
    )
    note = forms.CharField(label=_("What changes"), max_length=200, required=False, widget=forms.TextInput(attrs=INPUT))
    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def clean_month(self) -> date:
        try:
            year, month = (int(part) for part in self.cleaned_data["month"].split("-"))
            day = date(year, month, 1)
        except ValueError:
            raise forms.ValidationError(_("Give a month like 2026-12.")) from None
        if not 2000 <= day.year <= 2200:
            raise forms.ValidationError(_("Give a month like 2026-12."))
        return day


class LineForm(forms.Form):
    figure = forms.ChoiceField(label=_("Figure"), required=False, widget=forms.Select(attrs=SELECT))
    tier = forms.ChoiceField(
        label=_("Clients of the tier"),
        choices=[("", _("any")), *Tier.choices],
        required=False,
        widget=forms.Select(attrs=SELECT),
    )
    pays = forms.ChoiceField(label=_("Pays"), choices=BonusPays.choices, widget=forms.Select(attrs=SELECT))
    weight = forms.DecimalField(
        label=_("Weight"),
        min_value=Decimal("0.01"),
        max_value=10,
        decimal_places=2,
        initial=1,
        widget=forms.NumberInput(attrs=INPUT),
    )
    steps = forms.CharField(
        label=_("Steps"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={**INPUT, "rows": 3, "placeholder": "80 = 3000\n90 = 6000"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["figure"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("no line")), *((key, FIGURES[key].title) for key in OFFERED)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("figure"):
            try:
                cleaned["read"] = read_steps(cleaned.get("steps", ""), is_share=is_share(cleaned["figure"]))
            except WrongStepsError as error:
                text = _("Can't be read: “%(line)s”. Write lines like 85 = 5000, each threshold once.")
                self.add_error("steps", forms.ValidationError(text, params={"line": str(error)[:60]}))
        return cleaned

    @property
    def line(self) -> Line | None:
        data = self.cleaned_data
        if not data.get("figure"):
            return None
        return Line(data["figure"], data["tier"], BonusPays(data["pays"]), data["weight"], data["read"])


LineForms = forms.formset_factory(LineForm, extra=SPARE_LINES, max_num=MOST_LINES, absolute_max=MOST_LINES)


def initial_lines(rules: BonusRules | None) -> list[dict[str, Any]]:
    """The lines that hold now, to start the next version from."""
    return [
        {
            "figure": line.figure,
            "tier": line.tier,
            "pays": line.pays.value,
            "weight": line.weight,
            "steps": write_steps(line.steps, is_share=is_share(line.figure)),
        }
        for line in (lines_of(rules) if rules else [])
    ]
