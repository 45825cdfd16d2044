from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import DateInput
from core.forms import EditForm
from feedback.enums import InvitationState, Scale


class InvitationFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("any state")), *InvitationState.choices]
    )
    way = forms.ChoiceField(
        label=_("Way"),
        required=False,
        choices=[("", _("any way")), ("letter", _("by letter")), ("phone", _("by phone"))],
    )
    search = forms.CharField(
        label=_("Client"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    after = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    before = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)


class AnswerFilter(forms.Form):
    scale = forms.ChoiceField(label=_("Scale"), required=False, choices=[("", _("any scale")), *Scale.choices])
    least = forms.IntegerField(label=_("Score from"), required=False, min_value=0, max_value=10)
    most = forms.IntegerField(label=_("Score up to"), required=False, min_value=0, max_value=10)
    since = forms.DateField(label=_("Answered from"), required=False, widget=DateInput())
    until = forms.DateField(label=_("Answered until"), required=False, widget=DateInput())
    search = forms.CharField(
        label=_("Client"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    after = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    before = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)


class WordingForm(EditForm):
    """A letter's wording in one language."""

    name = forms.CharField(label=_("Name"), max_length=120)
    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    body = forms.CharField(label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 14}))
