"""What is learnt from a refusal: the exit interview, the retro, the objections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.forms import EditForm
from core.page_links import page_urls
from core.pagination import keyset_page
from retention.forms.refusals import InterviewerForm, InterviewForm, MetObjectionForm, RetroForm, VersionForm
from retention.models import ExitInterview, Refusal, Retro
from retention.permissions import may_hold_interview
from retention.queries.refusal_list import Promised, Talk, interviews_to_hold, promise_lines, retros_to_do, talk_lines
from retention.queries.unexplained import OpenEnd, kept_unexplained, lines
from retention.services.interviews import hold_interview, reassign_interview
from retention.services.leaving import catch_up
from retention.services.objections import add_objection_of, note_objection
from retention.services.retros import finish_retro, write_retro
from retention.services.unexplained import listed_since
from retention.views.common import edit, form_page, press, take
from retention.views.refusals import find, tabs
from scripts.enums import ObjectionKind
from scripts.queries import current_version
from staff.access import only, person
from staff.permissions import in_department
from work.enums import TouchKind


def _interview(refusal: Refusal) -> ExitInterview:
    found: ExitInterview | None = getattr(refusal, "interview", None)
    if found is None:
        raise Http404
    return found


def _retro(refusal: Refusal) -> Retro | None:
    return getattr(refusal, "retro", None)


@require_http_methods(["GET", "HEAD", "POST"])
@only(in_department)
def interview(request: HttpRequest, pk: int) -> HttpResponse:
    refusal = find(request, pk)
    talk = _interview(refusal)
    if not may_hold_interview(person(request), refusal):
        raise PermissionDenied
    url = reverse("refusals:detail", args=[pk])

    def build(data: QueryDict | None) -> InterviewForm:
        return InterviewForm(data, interview=talk, refusal=refusal)

    def save(form: EditForm) -> object:
        return hold_interview(interview=talk, original=form.seen(), mine=form.mine(), actor=person(request), now=now())

    def show(form: EditForm, status: int, /, **conflict: Any) -> HttpResponse:
        context = {
            "form": form,
            "refusal": refusal,
            "client": refusal.client,
            "script": current_version(TouchKind.EXIT_INTERVIEW),
            "back_url": url,
            **conflict,
        }
        return render(request, "retention/refusals/interview.html", context, status=status)

    return edit(request, build, save, show, url, _("The exit interview is written down."))


@require_POST
@only(in_department)
def interviewer(request: HttpRequest, pk: int) -> HttpResponse:
    talk = _interview(find(request, pk))
    form = InterviewerForm(request.POST, interview=talk)

    def save(data: dict[str, Any]) -> object:
        return reassign_interview(
            interview=talk, original=form.seen(), interviewer=data["interviewer"], actor=person(request), now=now()
        )

    return press(request, form, save, reverse("refusals:detail", args=[pk]), _("The interview is passed on."))


@require_http_methods(["GET", "HEAD", "POST"])
@only(in_department)
def retro(request: HttpRequest, pk: int) -> HttpResponse:
    refusal = find(request, pk)
    url = reverse("refusals:detail", args=[pk])

    def save(form: EditForm) -> object:
        return write_retro(refusal=refusal, original=form.seen(), mine=form.mine(), actor=person(request), now=now())

    def show(form: EditForm, status: int, /, **conflict: Any) -> HttpResponse:
        note = _("A change with somebody responsible stands on the list until it is done.")
        about = {"title": _("Retro"), "subtitle": refusal.client.name, "back_url": url, "note": note}
        return form_page(request, form, status, **about, **conflict)

    def build(data: QueryDict | None) -> RetroForm:
        return RetroForm(data, retro=_retro(refusal))

    return edit(request, build, save, show, url, _("The retro is saved."))


@require_POST
@only(in_department)
def retro_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Pressed again it takes the mark back."""
    lesson = _retro(find(request, pk))
    if lesson is None:
        raise Http404

    def save(data: dict[str, Any]) -> object:
        done, version = lesson.done_at is None, data["version"]
        return finish_retro(retro=lesson, done=done, expected_version=version, actor=person(request), now=now())

    return press(request, VersionForm(request.POST), save, reverse("refusals:detail", args=[pk]), _("Saved."))


@require_http_methods(["GET", "HEAD", "POST"])
@only(in_department)
def objection(request: HttpRequest, pk: int) -> HttpResponse:
    refusal = find(request, pk)
    truth = refusal.established_reason or refusal.stated_reason
    initial = {"kind": truth.kind, "text": refusal.stated_words[:300]}
    form = MetObjectionForm(request.POST or None, initial=initial)
    url = reverse("refusals:detail", args=[pk])

    def save(data: dict[str, Any]) -> str:
        known = data.pop("known")
        if known is not None:
            note_objection(refusal=refusal, objection=known, actor=person(request), now=now())
        else:
            kind = ObjectionKind(data.pop("kind") or truth.kind)
            add_objection_of(refusal=refusal, kind=kind, actor=person(request), now=now(), **data)
        return url

    def show(status: int) -> HttpResponse:
        title, note = _("Objection"), _("It will be shown with its answer in calls that persuade.")
        return form_page(request, form, status, title=title, subtitle=refusal.client.name, back_url=url, note=note)

    return take(request, form, save, show, _("The objection is in the library."))


def _page(
    request: HttpRequest, rows: Any, order: tuple[str, ...], kind: Callable[..., Any], tab: str
) -> dict[str, Any]:
    found = keyset_page(rows, order=order, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    urls = page_urls(request.GET, next_cursor=found.next_cursor, previous_cursor=found.previous_cursor)
    lines = [kind(*row) for row in found.rows]
    return {"rows": lines, "today": localdate(), "tabs": tabs(person(request), tab), **urls}


@require_safe
@only(in_department)
def interviews(request: HttpRequest) -> HttpResponse:
    rows = talk_lines(interviews_to_hold(person(request)))
    context = _page(request, rows, ("due_on", "id"), Talk, "interviews")
    return render(request, "retention/refusals/interviews.html", context)


@require_safe
@only(in_department)
def retros(request: HttpRequest) -> HttpResponse:
    rows = promise_lines(retros_to_do(person(request)))
    context = _page(request, rows, ("due_on", "id"), Promised, "retros")
    return render(request, "retention/refusals/retros.html", context)


@require_safe
@only(in_department)
def unexplained(request: HttpRequest) -> HttpResponse:
    today = localdate()
    catch_up(now=now())
    rows = lines(kept_unexplained(person(request), ended_since=listed_since(today), today=today))
    context = _page(request, rows, ("-ended_on", "-contract_id"), OpenEnd, "unexplained")
    return render(request, "retention/refusals/unexplained.html", context)
