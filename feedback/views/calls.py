"""The call queue and the call screen."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import ConflictError, DomainError
from core.forms import put_errors
from feedback.forms.calls import CallForm, PeriodForm
from feedback.queries.calls import answers_by_question, call_screen, next_call
from feedback.queries.queue import GROUPS, QueueFilter, assignees, call_queue, queue_group
from feedback.queries.subjects import CallSubject, subject_of
from feedback.rules.calls import CLOSING
from feedback.services.calls import record_call
from scripts.models import Script
from scripts.queries import questions_ever_asked
from staff.access import only, person
from staff.enums import Role
from staff.models import User
from staff.permissions import in_department
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import Touch
from work.permissions import visible_touches


def chosen_filter(params: QueryDict, user: User) -> QueueFilter:
    """``who`` is all or somebody's id; what makes no sense is left out. Missing: me, but a head watches everybody."""
    who = params.get("who", "")
    kind = params.get("kind", "")
    usual = 0 if user.has_role(Role.HEAD) and not user.has_role(Role.AM) else user.pk
    assignee = 0 if who == "all" else int(who) if who.isdecimal() and len(who) < 10 else usual
    return QueueFilter(assignee=assignee, kind=kind if kind in TouchKind.values else "")


def _kept(params: QueryDict) -> str:
    """The part of the address that says which queue is being worked through."""
    kept = QueryDict(mutable=True)
    kept.update({name: str(params[name]) for name in ("who", "kind") if params.get(name)})
    return kept.urlencode()


@require_GET
@only(in_department)
def queue(request: HttpRequest) -> HttpResponse:
    user = person(request)
    chosen = chosen_filter(request.GET, user)
    alone = request.GET.get("group", "")
    moment = now()
    if alone in GROUPS:
        groups = [queue_group(user, chosen, alone, after=request.GET.get("after", ""), now=moment)]
    else:
        alone, groups = "", call_queue(user, chosen, now=moment)
    context = {
        "groups": groups,
        "alone": alone,
        "chosen": chosen,
        "mine": chosen.assignee == user.pk,
        "kept": _kept(request.GET),
        "kinds": TouchKind.choices,
        "assignees": assignees(),
        "is_empty": not any(group.rows for group in groups),
    }
    return render(request, "feedback/calls/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def screen(request: HttpRequest, pk: int) -> HttpResponse:
    touches = visible_touches(person(request)).select_related("client", "assignee", "closed_by")
    touch = get_object_or_404(touches, pk=pk)
    if request.method == "POST":
        return _record(request, touch)
    return _show(request, touch)


def _show(request: HttpRequest, touch: Touch, form: CallForm | None = None, status: int = 200) -> HttpResponse:
    shown = call_screen(touch, now=now())
    subject = subject_of(touch, person(request))
    if form is None and touch.state == TouchState.OPEN and not (subject and subject.forbidden):
        initial = {"version": touch.version}
        form = CallForm(initial=initial, questions=shown.questions, zone=touch.client.timezone)
    context = {"screen": shown, "form": form, "touch": touch, "subject": subject, "kept": _kept(request.GET)}
    return render(request, "feedback/calls/screen.html", context, status=status)


def _record(request: HttpRequest, touch: Touch) -> HttpResponse:
    user = person(request)
    subject = subject_of(touch, user)
    if subject and subject.forbidden:
        return _show(request, touch, status=403)
    questions = call_screen(touch, now=now()).questions
    form = CallForm(request.POST, questions=questions, zone=touch.client.timezone)
    if not form.is_valid():
        return _show(request, touch, form, status=422)
    try:
        record_call(touch=touch, actor=user, record=form.record(), version=form.cleaned_data["version"], now=now())
    except ConflictError as error:
        return _conflict(request, touch, form, error)
    except DomainError as error:
        put_errors(form, error)
        return _show(request, touch, form, status=422)
    messages.success(request, _("The call with %(client)s is recorded.") % {"client": touch.client})
    return HttpResponseRedirect(_onward(request, touch, subject, CallOutcome(form.cleaned_data["outcome"])))


def _onward(request: HttpRequest, touch: Touch, subject: CallSubject | None, outcome: CallOutcome) -> str:
    """Where the outcome has to be decided upon, if anywhere; else the next call."""
    if subject and subject.url and outcome in CLOSING:
        return subject.url
    user = person(request)
    following = next_call(user, chosen_filter(request.GET, user), but=touch, now=now())
    url = reverse("calls:screen", args=[following.pk]) if following else reverse("calls:queue")
    kept = _kept(request.GET)
    return f"{url}?{kept}" if kept else url


def _conflict(request: HttpRequest, touch: Touch, form: CallForm, error: ConflictError) -> HttpResponse:
    """The typed text stays; the next press goes by what is stored now."""
    touch.refresh_from_db(fields=["version", "state", "outcome", "note", "closed_at", "closed_by", "due_on"])
    data = request.POST.copy()
    data["version"] = str(touch.version)
    questions = list(form.questions.values())
    form = CallForm(data, questions=questions, zone=touch.client.timezone)
    put_errors(form, error)
    return _show(request, touch, form, status=409)


@require_GET
@only(in_department)
def answers(request: HttpRequest, pk: int) -> HttpResponse:
    """What clients said to each question of a script."""
    script = get_object_or_404(Script, pk=pk)
    today = localdate()
    form = PeriodForm(request.GET or None, initial={"from_on": today - timedelta(days=30), "until_on": today})
    period = form.period(today)
    reports = answers_by_question(questions_ever_asked(script), from_on=period[0], until_on=period[1])
    context = {"script": script, "reports": reports, "form": form, "period": period}
    return render(request, "feedback/calls/answers.html", context)
