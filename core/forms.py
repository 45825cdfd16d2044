"""What forms of all rooms share: a key against double submits, and what the person saw against lost changes."""

from __future__ import annotations

import json
from typing import Any

from django import forms

from core.concurrency import plain
from core.errors import DomainError
from core.idempotency import new_key


class OnceForm(forms.Form):
    """Carries the key of ``core.idempotency``."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, initial=new_key)


class EditForm(forms.Form):
    """Carries the values that were shown. ``seen()`` is the original of the three-way merge."""

    original = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["original"].initial = json.dumps(
            {name: plain(value) for name, value in self.initial.items() if name in self.fields}, ensure_ascii=False
        )

    def seen(self) -> dict[str, Any]:
        return loads(self.cleaned_data.get("original", ""))

    def mine(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "original"}


def loads(text: str) -> dict[str, Any]:
    """Values that a page carried along; nothing when somebody spoilt them."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def put_errors(form: forms.BaseForm, error: DomainError) -> None:
    """Shows a refusal beside the fields it speaks of."""
    known = {field: texts for field, texts in error.fields.items() if field in form.fields}
    for field, texts in known.items():
        form.add_error(field, [str(text) for text in texts])
    if not known:
        form.add_error(None, str(error.detail))
