"""The page of an edit: saved, refused beside the fields, or asked about where two people changed the same thing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, Protocol

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core.concurrency import Clash, EditConflictError
from core.errors import DomainError
from core.formats import NOTHING
from core.forms import EditForm, loads, put_errors

KEEP = "keep-"


class Show(Protocol):
    """Renders the page around the form; ``conflict`` is for ``components/clashes.html``."""

    def __call__(self, form: Any, status: int, /, **conflict: Any) -> HttpResponse: ...


def edit_page(
    request: HttpRequest,
    *,
    build: Callable[[QueryDict | None], Any],
    save: Callable[[Any], object],
    show: Show,
    done: Callable[[], HttpResponse],
    prefix: str = "",
) -> HttpResponse:
    """``build`` makes an ``EditForm`` from data or none, ``save`` writes it.

    A conflict shows all values of each field with status 409; what was typed stays in the form.
    """
    if request.method != "POST":
        return show(build(None), 200)
    form: EditForm = build(_decided(request.POST, prefix))
    if not form.is_valid():
        return show(form, 422)
    try:
        save(form)
    except EditConflictError as error:
        return show_conflict(form, error, build=build, show=show)
    except DomainError as error:
        put_errors(form, error)
        return show(form, error.status)
    return done()


def show_conflict(
    form: EditForm, error: EditConflictError, *, build: Callable[[QueryDict], Any], show: Show
) -> HttpResponse:
    """The same form again; what is stored now is the new original of the fields that clashed."""
    started = form.seen()
    data = QueryDict(mutable=True)
    data.update(form.data)
    fresh = {**started, **{clash.field: clash.theirs for clash in error.clashes}}
    data[form.add_prefix("original")] = json.dumps(fresh, ensure_ascii=False)
    again: EditForm = build(data)
    again.is_valid()
    rows = [_row(again, clash) for clash in error.clashes]
    return show(again, 409, clashes=rows, started=json.dumps(started, ensure_ascii=False))


def _decided(data: QueryDict, prefix: str) -> QueryDict:
    """The data of a form after a conflict: for each field that clashed the value that the person chose to keep."""
    chosen = {name.removeprefix(KEEP): data[name] for name in data if name.startswith(KEEP)}
    if not chosen:
        return data
    lead = f"{prefix}-" if prefix else ""
    result = data.copy()
    values = {"theirs": loads(data.get(f"{lead}original", "")), "original": loads(data.get("started", ""))}
    for field, choice in chosen.items():
        source = values.get(str(choice), {})
        if field in source:
            _put(result, lead + field, source[field])
    return result


def _put(data: QueryDict, field: str, value: Any) -> None:
    if isinstance(value, list):
        data.setlist(field, [str(item) for item in value])
    elif value is False:
        data.pop(field, None)
    else:
        data[field] = "on" if value is True else str(value)


def _row(form: forms.Form, clash: Clash) -> dict[str, Any]:
    return {
        "field": clash.field,
        "label": form.fields[clash.field].label,
        "original": _readable(form.fields[clash.field], clash.original),
        "theirs": _readable(form.fields[clash.field], clash.theirs),
        "mine": _readable(form.fields[clash.field], clash.mine),
    }


def _readable(field: forms.Field, value: Any) -> str:
    """A carried value as a person reads it: the name behind an id, yes for true, a day as a day."""
    if isinstance(value, list):
        return ", ".join(_readable(field, item) for item in value) or NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = "" if value is None else str(value)
    if isinstance(field, forms.ModelChoiceField) and field.queryset is not None and text.isdecimal():
        found: Model | None = field.queryset.filter(pk=int(text)).first()
        return str(found) if found else text
    if isinstance(field, forms.ChoiceField):
        return dict(_flat(field.choices)).get(text, text) or NOTHING
    return (_moment(text) if isinstance(field, forms.DateField | forms.DateTimeField) else text) or NOTHING


def _flat(choices: Any) -> Iterator[tuple[str, str]]:
    for value, label in choices:
        yield from _flat(label) if isinstance(label, list | tuple) else [(str(value), str(label))]


def _moment(text: str) -> str:
    try:
        if len(text) > 10:
            return date_format(localtime(datetime.fromisoformat(text)), "SHORT_DATETIME_FORMAT")
        return date_format(date.fromisoformat(text), "SHORT_DATE_FORMAT")
    except ValueError:
        return text
