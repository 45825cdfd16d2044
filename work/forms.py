from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact
from clients.queries import contacts_to_choose
from core.fields import DateField, OneLine
from core.forms import EditForm, OnceForm
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
    "join_days",
    "survey_by_phone_only",
    "shift_to_workday",
)


class TouchFields(forms.Form):
    due_on = DateField(label=_("due"))
    subject = OneLine(label=_("about"), max_length=300)
    contact = forms.ModelChoiceField(
        label=_("With whom"), queryset=Contact.objects.none(), required=False, empty_label=_("whoever answers")
    )
    assignee = forms.ModelChoiceField(
        label=_("Who calls"), queryset=User.objects.none(), required=False, empty_label=_("the client's owner")
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contacts, people = self.fields["contact"], self.fields["assignee"]
        assert isinstance(contacts, forms.ModelChoiceField)
        assert isinstance(people, forms.ModelChoiceField)
        contacts.queryset = contacts_to_choose(client, present=self.initial.get("contact"))
        at_work = Q(is_active=True, roles__overlap=[role.value for role in DEPARTMENT_ROLES])
        people.queryset = User.objects.filter(at_work | Q(pk=self.initial.get("assignee")))


class TouchForm(OnceForm, TouchFields):
    """A contact planned by hand."""


class MoveTouchForm(EditForm, TouchFields):
    """An open contact moved by hand; one that a rule of the house planned says nothing about its subject."""

    def __init__(self, *args: Any, touch: Touch, **kwargs: Any) -> None:
        initial = {"due_on": touch.due_on, "subject": touch.subject, "contact": touch.contact_id}
        initial["assignee"] = None if touch.follows_owner else touch.assignee_id
        super().__init__(*args, client=touch.client, initial=initial, **kwargs)
        self.fields["subject"].required = bool(touch.subject)


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why is it not needed?"), max_length=300)


class FindClientForm(forms.Form):
    q = forms.CharField(label=_("Client's name or INN"), max_length=100, required=False)


class PolicyForm(EditForm, forms.ModelForm[TouchPolicy]):
    """The windows of one tier."""

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
