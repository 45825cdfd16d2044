from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact
from staff.enums import DEPARTMENT_ROLES
from staff.models import User
from work.models import Touch, TouchPolicy

LONGEST_WINDOW = 60  # days; imported orders completed longer ago are never looked at

_POLICY_FIELDS = (
    "calls_enabled",
    "call_from",
    "call_until",
    "surveys_enabled",
    "survey_from",
    "survey_until",
    "remind_after",
    "survey_by_phone_only",
    "join_days",
    "shift_to_workday",
)


class TouchForm(forms.ModelForm[Touch]):
    """A contact planned or moved by hand."""

    class Meta:
        model = Touch
        fields = ("due_on", "subject", "contact", "assignee")
        widgets = {"due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contacts = Contact.objects.filter(client=client, archived_at__isnull=True)
        people = User.objects.filter(is_active=True, roles__overlap=[role.value for role in DEPARTMENT_ROLES])
        self.fields["subject"].required = not (self.instance.pk and not self.instance.subject)
        self.fields["contact"] = forms.ModelChoiceField(
            contacts, required=False, label=_("With whom"), empty_label=_("whoever answers")
        )
        self.fields["assignee"] = forms.ModelChoiceField(
            people, required=False, label=_("Who calls"), empty_label=_("the client's owner")
        )


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why is it not needed?"), max_length=300)


class FindClientForm(forms.Form):
    q = forms.CharField(label=_("Client's name or INN"), max_length=100, required=False)


class PolicyForm(forms.ModelForm[TouchPolicy]):
    """The windows of one tier; ``version`` is what the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = TouchPolicy
        fields = _POLICY_FIELDS

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for start, end in (("call_from", "call_until"), ("survey_from", "survey_until")):
            first, last = data.get(start), data.get(end)
            if first is not None and last is not None and first > last:
                self.add_error(end, _("The window ends before it begins."))
            elif last is not None and last > LONGEST_WINDOW:
                self.add_error(end, _("No later than day %(n)d.") % {"n": LONGEST_WINDOW})
        return data

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in _POLICY_FIELDS}
