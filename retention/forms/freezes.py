from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contract
from core.enums import Tier
from core.fields import DateField
from core.forms import EditForm, OnceForm
from retention.enums import FreezeOutcome, StopKind, StopReason
from retention.forms.base import Quiet, day_of, id_of, one_of, period_of, text_field
from retention.models import Freeze
from retention.queries.freezes import ENDED, OPEN, FreezeFilter


class StopForm(OnceForm):
    kind = forms.ChoiceField(label=_("What happened"), choices=StopKind.choices)
    stopped_on = DateField(label=_("Stopped on"))
    reason = forms.ChoiceField(label=_("Reason"), choices=StopReason.choices, initial=StopReason.UNKNOWN)
    words = text_field(_("In the client's words"))
    expected_end = DateField(
        label=_("Expected to resume on"), required=False, help_text=_("Once it has passed, the owner is asked to call.")
    )
    contract = forms.ModelChoiceField(
        label=_("Contract"), queryset=Contract.objects.none(), required=False, empty_label=_("the client as a whole")
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contracts = self.fields["contract"]
        assert isinstance(contracts, forms.ModelChoiceField)
        contracts.queryset = Contract.objects.filter(client=client)


class FoundOutForm(EditForm):
    """What the owner has found out in the call."""

    reason = forms.ChoiceField(label=_("Reason"), choices=StopReason.choices)
    words = text_field(_("In the client's words"))
    expected_end = DateField(label=_("Expected to resume on"), required=False)

    def __init__(self, *args: Any, freeze: Freeze, **kwargs: Any) -> None:
        names = ("reason", "words", "expected_end")
        kwargs["initial"] = {name: getattr(freeze, name) for name in names}
        super().__init__(*args, **kwargs)


class ResumeForm(forms.Form):
    resumed_on = DateField(label=_("Goes on since"))
    version = forms.IntegerField(widget=forms.HiddenInput)


class FreezeFilterForm(forms.Form):
    view = Quiet(one_of(OPEN, ENDED, "all"))
    since = Quiet(day_of)
    until = Quiet(day_of)
    manager = Quiet(id_of)
    tier = Quiet(one_of(*Tier.values))
    kind = Quiet(one_of(*StopKind.values))
    reason = Quiet(one_of(*StopReason.values))
    outcome = Quiet(one_of(*FreezeOutcome.values))

    def wanted(self) -> FreezeFilter:
        self.is_valid()
        data = self.cleaned_data
        return FreezeFilter(
            view=data["view"],
            period=period_of(data["since"], data["until"]),
            manager_id=data["manager"],
            tier=data["tier"],
            kind=data["kind"],
            reason=data["reason"],
            outcome=data["outcome"],
        )
