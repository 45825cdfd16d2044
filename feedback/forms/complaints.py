from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact
from feedback.enums import ComplaintCategory
from feedback.models import Complaint
from staff.enums import DEPARTMENT_ROLES
from staff.models import User

_MOMENT = "%Y-%m-%dT%H:%M"


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format=_MOMENT)


class ComplaintForm(forms.Form):
    """Opening and editing; ``version`` is what the person saw."""

    category = forms.ChoiceField(label=_("Category"), choices=ComplaintCategory.choices)
    what_happened = forms.CharField(
        label=_("What happened"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    contact = forms.ModelChoiceField(
        label=_("Contact person"), queryset=Contact.objects.none(), required=False, empty_label=_("not given")
    )
    deadline = forms.DateTimeField(
        label=_("Deadline"),
        required=False,
        widget=MomentInput(),
        help_text=_("Empty: as many working hours as the settings say."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, client: Client, complaint: Complaint | None = None, **kwargs: Any) -> None:
        if complaint is not None:
            kwargs.setdefault("initial", _initial(complaint))
        super().__init__(*args, **kwargs)
        contacts = self.fields["contact"]
        assert isinstance(contacts, forms.ModelChoiceField)
        contacts.queryset = Contact.objects.filter(client=client, archived_at__isnull=True)
        if complaint is not None:
            self.fields["deadline"].required = True
            self.fields["deadline"].help_text = ""


def _initial(complaint: Complaint) -> dict[str, object]:
    deadline: datetime = localtime(complaint.deadline)
    return {
        "category": complaint.category,
        "what_happened": complaint.what_happened,
        "contact": complaint.contact_id,
        "deadline": deadline,
        "version": complaint.version,
    }


class ResolveForm(forms.Form):
    resolution = forms.CharField(
        label=_("What was done"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class ReassignForm(forms.Form):
    responsible = forms.ModelChoiceField(label=_("Responsible"), queryset=User.objects.none())
    version = forms.IntegerField(widget=forms.HiddenInput)

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
    after = forms.CharField(required=False, max_length=500)
    before = forms.CharField(required=False, max_length=500)
