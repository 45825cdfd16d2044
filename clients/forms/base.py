"""Fields that only the forms of clients have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.phones import format_phone, normalize_phone

NOTHING = gettext_lazy("not set")


class PhonesInput(forms.Widget):
    """One box per number and two empty ones; more appear when the form is saved."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        numbers = [*(value or []), "", ""]
        css = (attrs or {}).get("class", "form-control") or "form-control"
        invalid = " is-invalid" if "is-invalid" in css else ""
        rows = (
            (name, number if number.startswith(" ") else format_phone(number), invalid, place + 1, label)
            for place, number in enumerate(numbers)
            for label in [_("Phone")]
        )
        first = (attrs or {}).get("id", f"id_{name}")
        boxes = format_html_join(
            "",
            '<input class="form-control{2}" type="tel" inputmode="tel" autocomplete="off" name="{0}" value="{1}"'
            ' aria-label="{4} {3}" maxlength="40">',
            rows,
        )
        return format_html('<div class="phones" id="{}">{}</div>', first, boxes)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        values = data.getlist(name) if hasattr(data, "getlist") else data.get(name) or []
        return [str(value).strip() for value in values if str(value).strip()]

    def id_for_label(self, id_: str) -> str:
        return ""


class PhonesField(forms.Field):
    widget = PhonesInput
    MOST = 20

    def clean(self, value: Any) -> list[str]:
        if len(value) > self.MOST:
            raise forms.ValidationError(_("No more than 20 numbers."))
        numbers, problems = [], []
        for text in value:
            try:
                numbers.append(normalize_phone(text))
            except DomainError as error:
                problems.append(str(error.detail))
        if problems:
            raise forms.ValidationError(problems)
        return list(dict.fromkeys(numbers))
