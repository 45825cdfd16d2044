from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from gateways.enums import Decision, MessageClass, MessageState


class OutboxFilter(forms.Form):
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("any state")), *MessageState.choices])
    message_class = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("any kind")), *MessageClass.choices]
    )
    search = forms.CharField(
        label=_("Address begins with"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    after = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    before = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=Decision.choices)
