"""What people enter about win-backs, and which of them they ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from clients.models import Contract, Order
from core.enums import Tier
from core.fields import DateField
from retention.enums import WinBackOutcome, WinBackSegment, WinBackStage
from retention.models import RefusalReason, TrustCampaign, WinBack
from retention.queries.winbacks.listing import WinBackFilter, campaigns, people_of_department
from retention.queries.winbacks.page import returning_contracts, returning_orders
from retention.queries.winbacks.segments import SegmentFilter
from retention.services.winbacks.campaigns import CampaignData
from staff.models import User

MOST = 2**31 - 1


class _Filter(forms.Form):
    """What makes no sense in an address is left out."""

    def values(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class SegmentFilterForm(_Filter):
    segment = forms.ChoiceField(required=False, choices=WinBackSegment.choices)
    manager = forms.IntegerField(required=False, min_value=1, max_value=MOST)
    tier = forms.ChoiceField(required=False, choices=Tier.choices)

    def wanted(self) -> SegmentFilter:
        values = self.values()
        segment = values.pop("segment", "")
        return SegmentFilter(segments=(segment,) if segment else (), **values)


class WinBackFilterForm(_Filter):
    manager = forms.IntegerField(required=False, min_value=1, max_value=MOST)
    segment = forms.ChoiceField(required=False, choices=WinBackSegment.choices)
    stage = forms.ChoiceField(required=False, choices=WinBackStage.choices)
    tier = forms.ChoiceField(required=False, choices=Tier.choices)
    campaign = forms.IntegerField(required=False, min_value=1, max_value=MOST)
    mark = forms.ChoiceField(required=False, choices=[(name, name) for name in ("due", "forgotten")])
    state = forms.ChoiceField(required=False, choices=[("closed", ""), *WinBackOutcome.choices])

    def wanted(self) -> WinBackFilter:
        return WinBackFilter(**self.values())


class TakeForm(forms.Form):
    """Clients that were ticked, or for the head everybody the filter finds."""

    clients = forms.TypedMultipleChoiceField(required=False, coerce=int)
    everybody = forms.BooleanField(required=False)
    campaign = forms.ModelChoiceField(queryset=TrustCampaign.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = campaigns(open_only=True)  # type: ignore[attr-defined]
        self.fields["clients"].valid_value = lambda value: str(value).isdecimal() and int(value) <= MOST  # type: ignore[attr-defined]


class StageForm(forms.Form):
    stage = forms.ChoiceField(choices=WinBackStage.choices)
    seen = forms.CharField(max_length=16)
    note = forms.CharField(required=False, max_length=2000)


class _Versioned(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, win_back: WinBack, **kwargs: Any) -> None:
        self.win_back = win_back
        kwargs["initial"] = {"version": win_back.version, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)


def _note(label: Any, *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class StepForm(_Versioned):
    on = DateField(label=_("Next step on"))
    note = _note(_("What will be done"))

    def __init__(self, *args: Any, win_back: WinBack, **kwargs: Any) -> None:
        super().__init__(
            *args, win_back=win_back, initial={"on": win_back.next_step_on, "note": win_back.note}, **kwargs
        )


class OfferForm(_Versioned):
    offer = _note(_("What is offered"), required=True)

    def __init__(self, *args: Any, win_back: WinBack, **kwargs: Any) -> None:
        super().__init__(*args, win_back=win_back, initial={"offer": win_back.offer}, **kwargs)


class WinForm(_Versioned):
    contract = forms.ModelChoiceField(
        label=_("Contract signed since"), queryset=Contract.objects.none(), required=False
    )
    order = forms.ModelChoiceField(label=_("Order placed since"), queryset=Order.objects.none(), required=False)
    note = _note(_("What brought the client back"))

    def __init__(self, *args: Any, win_back: WinBack, **kwargs: Any) -> None:
        super().__init__(*args, win_back=win_back, **kwargs)
        self.fields["contract"].queryset = returning_contracts(win_back)  # type: ignore[attr-defined]
        self.fields["order"].queryset = returning_orders(win_back)  # type: ignore[attr-defined]


class LoseForm(_Versioned):
    lost_reason = forms.ModelChoiceField(
        label=_("Why the client does not return"), queryset=RefusalReason.objects.none()
    )
    note = _note(_("In the client's words"))

    def __init__(self, *args: Any, win_back: WinBack, **kwargs: Any) -> None:
        super().__init__(*args, win_back=win_back, **kwargs)
        field = self.fields["lost_reason"]
        field.queryset = RefusalReason.objects.filter(archived_at__isnull=True)  # type: ignore[attr-defined]
        field.label_from_instance = lambda reason: f"{reason.get_kind_display()}: {reason.name}"  # type: ignore[attr-defined]


class ReopenForm(_Versioned):
    note = forms.CharField(label=_("Why is it opened again?"), max_length=300)


class PassOnForm(_Versioned):
    assignee = forms.ModelChoiceField(label=_("Who tries"), queryset=User.objects.none())

    def __init__(self, *args: Any, win_back: WinBack, **kwargs: Any) -> None:
        super().__init__(*args, win_back=win_back, initial={"assignee": win_back.assignee_id}, **kwargs)
        self.fields["assignee"].queryset = people_of_department()  # type: ignore[attr-defined]


class CampaignForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    segments = forms.MultipleChoiceField(
        label=_("Segments"), choices=WinBackSegment.choices, widget=forms.CheckboxSelectMultiple
    )
    starts_on = DateField(label=_("From"), initial=localdate)
    ends_on = DateField(label=_("Until"))
    offer = _note(_("Common offer"))
    goal = forms.IntegerField(label=_("Goal: clients won back"), required=False, min_value=1, max_value=1_000_000)

    def campaign(self) -> CampaignData:
        return CampaignData(**self.cleaned_data)


class FillForm(forms.Form):
    """Who calls; nobody ticked: each client stays with its own manager."""

    people = forms.ModelMultipleChoiceField(queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people_of_department()  # type: ignore[attr-defined]
