"""Forms of what figures are held against. A share is written as people say it: 85, not 0.85."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from core.forms import EditForm
from reports.registry import FIGURES
from reports.roubles import PLANNED
from reports.standards import scale_of
from retention.enums import AnnotationKind
from staff.enums import Role
from staff.models import User

MOST = Decimal(10) ** 12


class MonthField(forms.CharField):
    """2026-03, as the browser's own field of months has it; becomes its first day."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-03"})

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            day = date.fromisoformat(f"{text[:7]}-01")
        except ValueError:
            day = None
        if day is None or not 1990 <= day.year <= 2100:
            raise forms.ValidationError(_("Give a month like 2026-03."))
        return day


class AmountField(forms.DecimalField):
    """A comma is as good as a point."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, min_value=-MOST, max_value=MOST, **options)
        self.widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def to_python(self, value: Any) -> Any:
        text = str(value or "").replace("\u00a0", "").replace(" ", "").replace(",", ".").removesuffix("%")
        return super().to_python(text)


def metric_choices(*, planned: bool = False) -> list[tuple[str, Any]]:
    """What is counted: a plan of a figure that nothing brings yet would stand on no page."""
    known = [(key, one.title) for key, one in FIGURES.items() if one.formula]
    return [*known, (PLANNED, _("Roubles of renewals, monthly value"))] if planned else known


#: Where the scale of a score begins and ends.
SCALES = {"csat10": (1, 10), "csat5": (1, 5), "ces": (1, 7), "nps": (-100, 100)}
#: Shares of money that growth can take beyond all of it.
GROWING = frozenset({"nrr", "renewal_net"})


def range_of(metric: str) -> tuple[int, Decimal | int]:
    """What a value of the figure can be at all, as people write it."""
    if metric in SCALES:
        return SCALES[metric]
    if scale_of(metric) == 100:
        return 0, 1000 if metric in GROWING else 100
    return 0, MOST


SHARE_HINT = _("Shares in per cent: 85. Money in roubles, scores as they are.")


class StandardForm(EditForm):
    """``metric`` is asked only where a row is new: which row it is does not change."""

    identity: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, metric: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of_metric = metric
        if kwargs.get("initial"):
            for name in self.identity:
                del self.fields[name]
        else:
            del self.fields["original"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        lowest, highest = range_of(cleaned.get("metric", self.of_metric))
        for name in ("value", "low", "high"):
            given = cleaned.get(name)
            if given is not None and not lowest <= given <= highest:
                text = _("Give a value from %(low)s to %(high)s.") if highest < MOST else _("Give nought or more.")
                self.add_error(name, text % {"low": lowest, "high": highest})
        return cleaned


class TargetForm(StandardForm):
    identity = ("metric", "manager", "month")

    metric = forms.ChoiceField(label=_("Figure"))
    value = AmountField(label=_("Target"), help_text=SHARE_HINT)
    manager = forms.ModelChoiceField(
        label=_("Manager"), queryset=User.objects.none(), required=False, empty_label=_("The whole department")
    )
    month = MonthField(label=_("Month"), required=False, help_text=_("Empty: for every month."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "metric" in self.fields:
            self.fields["metric"].choices = metric_choices(planned=True)  # type: ignore[attr-defined]
            managers = User.objects.filter(is_active=True, roles__contains=[Role.AM]).order_by("name")
            self.fields["manager"].queryset = managers  # type: ignore[attr-defined]


class CorridorForm(StandardForm):
    identity = ("metric",)

    metric = forms.ChoiceField(label=_("Figure"))
    low = AmountField(label=_("Not below"), required=False, help_text=SHARE_HINT)
    high = AmountField(label=_("Not above"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "metric" in self.fields:
            self.fields["metric"].choices = metric_choices()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        low, high = cleaned.get("low"), cleaned.get("high")
        if not self.errors and low is None and high is None:
            self.add_error("low", _("Give at least one side of the corridor."))
        elif low is not None and high is not None and low >= high:
            self.add_error("high", _("The upper side must lie above the lower one."))
        return cleaned


class AnnotationForm(StandardForm):
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    kind = forms.ChoiceField(label=_("Kind"), choices=AnnotationKind.choices)
    text = forms.CharField(label=_("What happened"), max_length=200)

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not 1990 <= day.year <= 2100:
            raise forms.ValidationError(_("Give a year between 1990 and 2100."))
        return day


class RateForm(StandardForm):
    identity = ("metric", "month")

    metric = forms.ChoiceField(label=_("Figure"))
    month = MonthField(label=_("Month"))
    value = AmountField(label=_("Value"), help_text=SHARE_HINT)
    note = forms.CharField(label=_("Where it is known from"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "metric" in self.fields:
            self.fields["metric"].choices = metric_choices()  # type: ignore[attr-defined]

    def clean_month(self) -> date:
        """What is told of a month that is not over would stand beside what is still being counted."""
        month: date = self.cleaned_data["month"]
        if month >= localdate().replace(day=1):
            raise forms.ValidationError(_("Give a month that is over."))
        return month


class HourlyCostForm(StandardForm):
    """Confidential: what an hour of a person costs from a day on; earlier hours keep what they cost then."""

    identity = ("user", "from_on")

    user = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.none())
    from_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    amount = AmountField(label=_("Cost of an hour"), help_text=_("Salary, taxes and the place of work, by the hour."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            people = User.objects.filter(is_active=True).order_by("name")
            self.fields["user"].queryset = people  # type: ignore[attr-defined]

    def clean_from_on(self) -> date:
        day: date = self.cleaned_data["from_on"]
        if not 1990 <= day.year <= 2100:
            raise forms.ValidationError(_("Give a year between 1990 and 2100."))
        return day

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if not 0 <= amount < 10**8:
            raise forms.ValidationError(_("A cost is not below nought, and an hour is not worth a hundred million."))
        return amount
