from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact
from clients.queries import contacts_to_choose
from core.fields import MomentField
from core.forms import EditForm, OnceForm
from feedback.enums import ComplaintCategory
from feedback.models import Complaint
from staff.enums import DEPARTMENT_ROLES
from staff.models import User


class ComplaintFields(forms.Form):
    """What opening and editing share."""

    category = forms.ChoiceField(label=_("Category"), choices=ComplaintCategory.choices)
    what_happened = forms.CharField(
        label=_("What happened"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    contact = forms.ModelChoiceField(
        label=_("Contact person"), queryset=Contact.objects.none(), required=False, empty_label=_("not given")
    )
    deadline = MomentField(
        label=_("Deadline"), required=False, help_text=_("Empty: as many working hours as the settings say.")
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contacts = self.fields["contact"]
        assert isinstance(contacts, forms.ModelChoiceField)
        contacts.queryset = contacts_to_choose(client, present=self.initial.get("contact"))


class ComplaintForm(OnceForm, ComplaintFields):
    """A new complaint."""


class EditComplaintForm(EditForm, ComplaintFields):
    """An open complaint; its deadline can be moved, not taken away."""

    deadline = MomentField(label=_("Deadline"))

    def __init__(self, *args: Any, complaint: Complaint, **kwargs: Any) -> None:
        initial = {name: getattr(complaint, name) for name in ("category", "what_happened", "deadline")}
        initial["contact"] = complaint.contact_id
        super().__init__(*args, client=complaint.client, initial=initial, **kwargs)


class ResolveForm(forms.Form):
    resolution = forms.CharField(
        label=_("What was done"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class ReassignForm(EditForm):
    responsible = forms.ModelChoiceField(label=_("Responsible"), queryset=User.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = self.fields["responsible"]
        assert isinstance(people, forms.ModelChoiceField)
        people.queryset = User.objects.filter(is_active=True, roles__overlap=[str(role) for role in DEPARTMENT_ROLES])


class ComplaintFilter(forms.Form):
    view = forms.ChoiceField(
        required=False, choices=[("open", _("Open")), ("overdue", _("Overdue")), ("resolved", _("Resolved"))]
    )
    mine = forms.BooleanField(required=False)
    who = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    after = forms.CharField(required=False, max_length=500)
    before = forms.CharField(required=False, max_length=500)
