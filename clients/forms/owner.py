from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from clients.queries.handoffs import managers
from staff.models import User


class OwnerForm(forms.Form):
    user = forms.ModelChoiceField(label=gettext_lazy("New owner"), queryset=User.objects.none())
    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Stays in the history: why the client gets another person."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["user"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = managers()
