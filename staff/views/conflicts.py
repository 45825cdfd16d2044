"""Two people edited the same field: the one who came later sees both values and decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.concurrency import EditConflictError


def conflict_page(request: HttpRequest, form: forms.BaseForm, error: EditConflictError, **context: Any) -> HttpResponse:
    """The form again with what I typed, on the present version: saving it now is the decision."""
    data = request.POST.copy()
    data["version"] = str(error.version)
    retry = type(form)(data, **context.pop("form_options", {}))
    retry.is_valid()
    rows = [
        {"label": retry.fields[clash.field].label, "theirs": _shown(retry, clash.field, clash.theirs)}
        for clash in error.clashes
    ]
    return render(request, context.pop("template"), {"form": retry, "clashes": rows, **context}, status=409)


def _shown(form: forms.BaseForm, field: str, value: Any) -> str:
    flat: dict[str, str] = {}
    for key, label in getattr(form.fields[field], "choices", ()):
        pairs = label if isinstance(label, (list, tuple)) else [(key, label)]
        flat.update({str(one): str(text) for one, text in pairs})
    values = value if isinstance(value, list) else [value]
    return ", ".join(flat.get(str(one), str(one if one is not None else "")) for one in values) or "—"
