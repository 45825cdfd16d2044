from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from clients.enums import Channel
from clients.forms.base import NOTHING, PhonesField
from clients.models import Client, Contact
from core.enums import AddressForm
from core.fields import OneLine
from core.forms import EditForm, OnceForm


class ContactFields(forms.Form):
    name = OneLine(label=gettext_lazy("Name of the person"), max_length=200)
    position = OneLine(label=gettext_lazy("Position"), max_length=120, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    phones = PhonesField(label=gettext_lazy("Phones"), required=False)
    greeting = OneLine(
        label=gettext_lazy("Greeting"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Word for word as in letters: “Hi, Max!”. Empty: built from the name."),
    )
    address_form = forms.ChoiceField(
        label=gettext_lazy("Form of address"), choices=AddressForm.choices, initial=AddressForm.VY
    )
    tone = OneLine(label=gettext_lazy("Tone"), max_length=120, required=False)
    channel = forms.ChoiceField(
        label=gettext_lazy("Preferred channel"), choices=[("", NOTHING), *Channel.choices], required=False
    )
    hours = OneLine(label=gettext_lazy("Convenient hours"), max_length=120, required=False)
    is_primary = forms.BooleanField(label=gettext_lazy("Main contact"), required=False)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class NewContactForm(OnceForm, ContactFields):
    pass


class ContactForm(EditForm, ContactFields):
    pass


class NoteForm(OnceForm):
    text = forms.CharField(
        label=gettext_lazy("Note"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 2}), strip=True
    )


class LetterForm(OnceForm):
    contact = forms.ModelChoiceField(label=gettext_lazy("To"), queryset=Contact.objects.none(), empty_label=None)
    template = forms.CharField(widget=forms.HiddenInput, required=False)
    subject = OneLine(label=gettext_lazy("Subject"), max_length=200)
    body = forms.CharField(
        label=gettext_lazy("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 14}), strip=True
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = client.contacts.filter(archived_at__isnull=True).exclude(email="")
        self.fields["contact"].queryset = people  # type: ignore[attr-defined]


class FileForm(OnceForm):
    content = forms.FileField(label=gettext_lazy("File"), max_length=255)
