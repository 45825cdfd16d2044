from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import ConflictError, DomainError
from core.forms import put_errors
from scripts.forms import ScriptForm, rearranged, script_form
from scripts.models import Script, ScriptVersion
from scripts.queries import current_scripts, versions_of
from scripts.rules import QuestionData
from scripts.services import create_script, publish_version
from staff.access import only, person
from staff.permissions import in_department, leads
from work.enums import TouchKind


def _used_for(script: Script) -> str:
    """The kind of contact; of a renewal call its stage too."""
    kind, _dash, days = script.code.partition("-")
    if kind == TouchKind.RENEWAL and days.isdigit():
        return ngettext(
            "renewal call, %(days)d day before the end", "renewal call, %(days)d days before the end", int(days)
        ) % {"days": int(days)}
    return str(dict(TouchKind.choices).get(script.code, script.code))


@require_GET
@only(in_department)
def script_list(request: HttpRequest) -> HttpResponse:
    scripts = list(current_scripts())
    used = {script.code for script in scripts}
    # A renewal call has a script for each stage, so the bare kind would never be asked.
    free = [(value, label) for value, label in TouchKind.choices if value not in used | {TouchKind.RENEWAL}]
    rows = [(script, _used_for(script)) for script in scripts]
    context = {"rows": rows, "free": free, "can_edit": leads(person(request))}
    return render(request, "scripts/list.html", context)


@require_GET
@only(in_department)
def view(request: HttpRequest, pk: int) -> HttpResponse:
    script = get_object_or_404(Script, pk=pk)
    versions = list(versions_of(script))
    context = {"script": script, "versions": versions, "can_edit": leads(person(request))}
    context["kind"] = _used_for(script)
    return render(request, "scripts/view.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@only(leads)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """An edit publishes the next version."""
    script = get_object_or_404(Script, pk=pk)
    if request.method == "POST":

        def publish(form: ScriptForm) -> Script:
            publish_version(
                script=script,
                title=form.cleaned_data["title"],
                questions=form.questions(),
                expected_number=form.cleaned_data["number"],
                actor=person(request),
                now=now(),
            )
            return script

        return _posted(request, script, publish)
    version = _current(script)
    questions = [
        QuestionData(text=row.text, code=row.code, answer_kind=row.answer_kind)  # type: ignore[arg-type]
        for row in (version.questions.all() if version else ())
    ]
    form = script_form(title=script.title, number=version.number if version else 0, questions=questions)
    return render(request, "scripts/edit.html", {"form": form, "script": script})


@require_http_methods(["GET", "HEAD", "POST"])
@only(leads)
def new(request: HttpRequest, code: str) -> HttpResponse:
    """The script of a kind of contact that has none."""
    if code not in TouchKind.values:
        return redirect("scripts:list")
    if request.method == "POST":

        def create(form: ScriptForm) -> Script:
            return create_script(
                code=code,
                title=form.cleaned_data["title"],
                questions=form.questions(),
                actor=person(request),
                now=now(),
            )

        return _posted(request, None, create)
    form = script_form(title=str(TouchKind(code).label).capitalize(), number=0, questions=[QuestionData(text="")])
    return render(request, "scripts/edit.html", {"form": form, "script": None})


def _posted(request: HttpRequest, script: Script | None, publish: Callable[[ScriptForm], Script]) -> HttpResponse:
    count = request.POST.get("rows", "")
    form = ScriptForm(request.POST, row_count=int(count) if count.isdecimal() and len(count) < 4 else 0)
    changed = rearranged(form.questions(), request.POST.get("action", ""))
    if changed is not None:
        number = request.POST.get("number", "")
        again = script_form(
            title=request.POST.get("title", ""),
            number=int(number) if number.isdecimal() and len(number) < 6 else 0,
            questions=changed,
        )
        return render(request, "scripts/edit.html", {"form": again, "script": script})
    if not form.is_valid():
        return render(request, "scripts/edit.html", {"form": form, "script": script}, status=422)
    try:
        done = publish(form)
    except ConflictError as error:
        return _asked_again(request, script, form, error)
    except DomainError as error:
        put_errors(form, error)
        return render(request, "scripts/edit.html", {"form": form, "script": script}, status=422)
    messages.success(request, _("The script is published: the next call uses it."))
    return redirect("scripts:view", done.pk)


def _asked_again(request: HttpRequest, script: Script | None, form: ScriptForm, error: ConflictError) -> HttpResponse:
    """What was typed, beside what somebody else has published meanwhile: the next press publishes over that one."""
    theirs = _current(script) if script else None
    data = request.POST.copy()
    data["number"] = str(theirs.number if theirs else 0)
    again = ScriptForm(data, row_count=form.row_count)
    again.is_valid()
    put_errors(again, error)
    context = {"form": again, "script": script, "theirs": theirs}
    return render(request, "scripts/edit.html", context, status=409)


def _current(script: Script) -> ScriptVersion | None:
    return next((version for version in versions_of(script) if version.is_current), None)
