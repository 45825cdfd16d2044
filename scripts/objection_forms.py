from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import EditForm
from scripts.enums import ObjectionKind


class ObjectionForm(EditForm):
    kind = forms.ChoiceField(label=_("About"), choices=ObjectionKind.choices)
    text = forms.CharField(label=_("What the client says, word for word"), max_length=300)
    answer = forms.CharField(
        label=_("What to answer"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 6})
    )


class ArchiveForm(forms.Form):
    version = forms.IntegerField()


class ObjectionFilter(forms.Form):
    q = forms.CharField(required=False, max_length=100)
    kind = forms.ChoiceField(required=False, choices=[("", ""), *ObjectionKind.choices])
    archived = forms.BooleanField(required=False)
    after = forms.CharField(required=False, max_length=500)
    before = forms.CharField(required=False, max_length=500)
