from __future__ import annotations

from django import forms
from django.conf import settings

from staff.enums import Theme


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=Theme.choices)


class LanguageForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)
