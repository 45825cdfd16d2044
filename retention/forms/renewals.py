"""What people enter about renewals, and which of them they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Contract, Product
from clients.services.contracts import ContractData
from core.enums import Tier
from core.fields import DateField
from core.forms import EditForm
from core.idempotency import new_key
from core.money import parse_money
from retention.enums import Likelihood, RenewalOutcome, RenewalStage
from retention.models import DiscountLimit, KeepingPolicy, RefusalReason, Renewal
from retention.queries.renewals.listing import SORTS, RenewalFilter
from retention.rules.renewals import TERMS
from retention.services.renewals.policies import days_text

NONE = [("none", gettext_lazy("no opinion yet"))]


class AmountField(forms.CharField):
    """Takes «1 240 000,50 ₽»."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value))
        amount = parse_money(text) if text else None
        if amount is None and text:
            raise ValidationError(_("Enter an amount, for example 120 000,50."))
        if amount is not None and (amount < 0 or amount >= Decimal("1e12")):
            raise ValidationError(_("Enter an amount, for example 120 000,50."))
        return amount


def _words(label: Any, *, required: bool = False, rows: int = 2) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, max_length=4000, widget=area)


class RenewalFilterForm(forms.Form):
    """What makes no sense in an address is left out."""

    manager = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    tier = forms.ChoiceField(required=False, choices=Tier.choices)
    stage = forms.ChoiceField(required=False, choices=RenewalStage.choices)
    signal = forms.ChoiceField(required=False, choices=Likelihood.choices)
    opinion = forms.ChoiceField(required=False, choices=[*Likelihood.choices, *NONE])
    month = forms.CharField(required=False, max_length=7)
    term = forms.ChoiceField(required=False, choices=[(term, term) for term in TERMS])
    mark = forms.ChoiceField(required=False, choices=[(name, name) for name in ("must", "disputed", "sleeping")])
    state = forms.ChoiceField(required=False, choices=[("closed", ""), *RenewalOutcome.choices])
    sort = forms.ChoiceField(required=False, choices=[(name, name) for name in SORTS])

    def clean_month(self) -> date | None:
        return month_of(self.cleaned_data["month"])

    def wanted(self) -> RenewalFilter:
        self.is_valid()
        data = {name: value for name, value in self.cleaned_data.items() if value and name != "sort"}
        return RenewalFilter(**data)

    @property
    def order(self) -> str:
        return str(self.cleaned_data.get("sort") or "")


def month_of(text: str) -> date | None:
    """2026-11 as its first day; nothing when it is not a month of this century."""
    try:
        day = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


class _Versioned(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, renewal: Renewal, **kwargs: Any) -> None:
        self.renewal = renewal
        kwargs.setdefault("initial", {"version": renewal.version})
        super().__init__(*args, **kwargs)


class StageForm(forms.Form):
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), choices=RenewalStage.choices)
    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)
    note = forms.CharField(required=False, max_length=2000)


class OpinionForm(forms.Form):
    opinion = forms.ChoiceField(
        label=gettext_lazy("Will the client renew?"), choices=Likelihood.choices, widget=forms.RadioSelect
    )
    opinion_note = forms.CharField(label=gettext_lazy("Why do you think so?"), max_length=300)
    seen_opinion = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    seen_note = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput, strip=False)

    def __init__(self, *args: Any, renewal: Renewal, **kwargs: Any) -> None:
        seen = {"seen_opinion": renewal.opinion, "seen_note": renewal.opinion_note}
        shown = {"opinion": renewal.opinion, "opinion_note": renewal.opinion_note}
        kwargs.setdefault("initial", {**shown, **seen})
        super().__init__(*args, **kwargs)

    def seen(self) -> dict[str, str]:
        data = self.cleaned_data
        return {"opinion": data["seen_opinion"], "opinion_note": data["seen_note"]}


class VerdictForm(_Versioned):
    verdict = forms.ChoiceField(
        label=gettext_lazy("Your decision"),
        choices=[choice for choice in Likelihood.choices if choice[0] != Likelihood.UNSURE],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=gettext_lazy("What is to be done"), max_length=300, required=False)


class PostponeForm(_Versioned):
    until = DateField(label=gettext_lazy("Until"))
    note = forms.CharField(label=gettext_lazy("What is waited for"), max_length=300)


class OfferForm(forms.Form):
    amount = AmountField(label=gettext_lazy("Amount for the whole term"), max_length=40)
    months = forms.IntegerField(label=gettext_lazy("Term, months"), min_value=1, max_value=120, initial=12)
    discount = forms.DecimalField(
        label=gettext_lazy("Discount, %"), min_value=0, max_value=100, max_digits=5, decimal_places=2, initial=0
    )
    words = _words(gettext_lazy("Terms in words"))
    once = forms.CharField(widget=forms.HiddenInput, required=False, initial=new_key)

    def __init__(self, *args: Any, renewal: Renewal, **kwargs: Any) -> None:
        self.renewal = renewal
        super().__init__(*args, **kwargs)


class LinkForm(_Versioned):
    contract = forms.ModelChoiceField(
        label=gettext_lazy("Signed contract"), queryset=Contract.objects.none(), empty_label=None
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, renewal: Renewal, candidates: Sequence[Contract] = (), **kwargs: Any) -> None:
        super().__init__(*args, renewal=renewal, **kwargs)
        rows: QuerySet[Contract] = Contract.objects.filter(client=renewal.client_id)
        if candidates or not self.is_bound:
            rows = rows.filter(pk__in=[row.pk for row in candidates])
        self.fields["contract"].queryset = rows.order_by("starts_on", "pk")  # type: ignore[attr-defined]


class NextContractForm(_Versioned):
    number = forms.CharField(label=gettext_lazy("Number"), max_length=64, required=False)
    signed_on = DateField(label=gettext_lazy("Signed on"))
    starts_on = DateField(label=gettext_lazy("First day"))
    ends_on = DateField(label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: open-ended."))
    contract_amount = AmountField(
        label=gettext_lazy("Amount"),
        max_length=40,
        help_text=gettext_lazy("For the whole term; a year's amount when open-ended."),
    )
    products = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Products"),
        queryset=Product.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)
    once = forms.CharField(widget=forms.HiddenInput, required=False, initial=new_key)

    def __init__(self, *args: Any, renewal: Renewal, initial: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, renewal=renewal, initial={"version": renewal.version, **(initial or {})}, **kwargs)
        on_sale = Product.objects.filter(archived_at__isnull=True)
        own = Product.objects.filter(contracts=renewal.contract_id)
        self.fields["products"].queryset = (on_sale | own).distinct().order_by("name", "pk")  # type: ignore[attr-defined]

    def data_of_contract(self) -> ContractData:
        data = self.cleaned_data
        return ContractData(
            number=data["number"],
            signed_on=data["signed_on"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            amount=data["contract_amount"],
            products=list(data["products"]),
        )


class RefuseForm(_Versioned):
    refused_on = DateField(label=gettext_lazy("Refused on"), initial=localdate)
    stated_reason = forms.ModelChoiceField(
        label=gettext_lazy("Reason as the client states it"), queryset=RefusalReason.objects.none()
    )
    stated_words = _words(gettext_lazy("In the client's words"))
    tried = _words(gettext_lazy("What was tried"))

    def __init__(self, *args: Any, renewal: Renewal, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"version": renewal.version, "refused_on": localdate()})
        super().__init__(*args, renewal=renewal, **kwargs)
        reasons = RefusalReason.objects.filter(archived_at__isnull=True).order_by("kind", "name")
        field = forms.ModelChoiceField(label=self.fields["stated_reason"].label, queryset=reasons)
        field.label_from_instance = lambda obj: f"{obj.get_kind_display()}: {obj.name}"  # type: ignore[method-assign]
        self.fields["stated_reason"] = field


class ReopenForm(_Versioned):
    note = forms.CharField(label=gettext_lazy("Why is it opened again?"), max_length=300)


class DecideOfferForm(forms.Form):
    decision = forms.ChoiceField(choices=[("approve", ""), ("decline", "")])
    note = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)


class KeepingPolicyForm(EditForm, forms.ModelForm[KeepingPolicy]):
    touch_days = forms.CharField(
        label=gettext_lazy("Calls before the end, days"),
        help_text=gettext_lazy("For example 90, 60, 30."),
        max_length=60,
    )

    class Meta:
        model = KeepingPolicy
        fields = ("open_days", "decide_days", "silence_factor", "contact_days", "cost_plan")

    field_order = ("open_days", "touch_days", "decide_days")

    def __init__(self, *args: Any, instance: KeepingPolicy, **kwargs: Any) -> None:
        super().__init__(*args, instance=instance, initial={"touch_days": days_text(instance.touch_days)}, **kwargs)

    def clean_touch_days(self) -> list[int]:
        parts = [part.strip() for part in self.cleaned_data["touch_days"].replace(";", ",").split(",") if part.strip()]
        if any(not (part.isascii() and part.isdigit()) or not 0 < int(part) <= 365 for part in parts) or len(parts) > 8:
            raise ValidationError(_("Enter days from 1 to 365, parted by commas."))
        return sorted({int(part) for part in parts}, reverse=True)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        opens, decides, touches = data.get("open_days"), data.get("decide_days"), data.get("touch_days")
        if opens is not None and opens > 730:
            self.add_error("open_days", _("No more than two years."))
        if opens is not None and decides is not None and decides > opens:
            self.add_error("decide_days", _("The decision cannot be due before the renewal opens."))
        if opens is not None and touches and touches[0] > opens:
            self.add_error("touch_days", _("A call cannot come before the renewal opens."))
        return data


class LimitForm(EditForm, forms.ModelForm[DiscountLimit]):
    class Meta:
        model = DiscountLimit
        fields = ("percent",)
