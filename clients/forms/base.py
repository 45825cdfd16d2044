"""What all forms of this room share: a key against double submits, and what the person saw against lost changes."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.services.editing import plain
from core.concurrency import Clash
from core.errors import DomainError
from core.idempotency import new_key
from core.money import parse_money
from core.phones import format_phone, normalize_phone

KEEP = "keep-"
CHOICES = ("mine", "theirs", "original")


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
        return _loads(self.cleaned_data.get("original", ""))

    def mine(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "original"}


def _loads(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def decided(data: QueryDict) -> QueryDict:
    """The data of a form after a conflict: for each field that clashed the value that the person chose to keep."""
    chosen = {name.removeprefix(KEEP): data[name] for name in data if name.startswith(KEEP)}
    if not chosen:
        return data
    result = data.copy()
    values = {"theirs": _loads(data.get("original", "")), "original": _loads(data.get("started", ""))}
    for field, choice in chosen.items():
        source = values.get(str(choice), {})
        if field in source:
            _put(result, field, source[field])
    return result


def _put(data: QueryDict, field: str, value: Any) -> None:
    if isinstance(value, list):
        data.setlist(field, [str(item) for item in value])
    elif value is False:
        data.pop(field, None)
    else:
        data[field] = "on" if value is True else str(value)


def after_conflict(form: EditForm, clashes: list[Clash]) -> tuple[EditForm, str]:
    """The same form again, with what is stored now as the new original of the fields that clashed; and the old one."""
    data = cast("QueryDict", form.data).copy()
    started = form.seen()
    data["original"] = json.dumps({**started, **{clash.field: clash.theirs for clash in clashes}}, ensure_ascii=False)
    again = type(form)(data, **form.rebuild())  # type: ignore[attr-defined]
    again.is_valid()
    return again, json.dumps(started, ensure_ascii=False)


class MoneyInput(forms.TextInput):
    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "decimal", "class": "num", "autocomplete": "off"})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, Decimal):
            return f"{value:.2f}".removesuffix(".00").replace(".", ",")
        return None if value is None else str(value)


class MoneyField(forms.CharField):
    """Takes «1 240 000,50 ₽» and 1240000.5."""

    widget = MoneyInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value))
        if not text:
            return None
        amount = parse_money(text)
        if amount is None:
            raise forms.ValidationError(_("Enter an amount, for example 120 000,50."))
        if amount < 0:
            raise forms.ValidationError(_("An amount cannot be negative."))
        return amount


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DateField(forms.DateField):
    widget = DateInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d", "%d.%m.%Y"], **kwargs)


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    widget = MomentInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M%z", "%d.%m.%Y %H:%M"], **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > 16 and value[10:11] == "T":
            value = value[:16]  # an ISO value with its offset, as the merge carries it: company time
        return super().to_python(value)


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


class OneLine(forms.CharField):
    """No line breaks, no control signs: it goes into subjects and headers."""

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value) or "").split())


NOTHING = gettext_lazy("not set")
