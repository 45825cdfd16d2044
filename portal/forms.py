from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class AnswerForm(forms.Form):
    score = forms.TypedChoiceField(
        choices=[(number, str(number)) for number in range(1, 11)],
        coerce=int,
        error_messages={
            "required": _("Choose a score from 1 to 10."),
            "invalid_choice": _("Choose a score from 1 to 10."),
        },
    )
    comment = forms.CharField(required=False, max_length=5000, widget=forms.Textarea)


class RecommendationForm(forms.Form):
    would_recommend = forms.TypedChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Choose yes or no."), "invalid_choice": _("Choose yes or no.")},
    )
    text = forms.CharField(required=False, max_length=5000, widget=forms.Textarea)
