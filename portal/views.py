"""The survey page of a client: no log-in, no script, no cookie needed.

The link is the key: whoever does not know it can't forge a form for it, so the forms carry no CSRF cookie (mail
programs' own browsers often keep none). A form that another site sends is refused by its Origin.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clients.letters import greeting_of
from clients.queries import current_owner
from core.models import Company
from core.queries import company as load_company
from feedback.models import SurveyInvitation, SurveyResponse
from feedback.queries.answers import invitation_by_digest
from feedback.rules import surveys as rules
from feedback.services import Answer, SurveyClosedError, record_answer, record_recommendation
from portal.forms import AnswerForm, RecommendationForm
from portal.throttle import count_miss, is_throttled

View = Callable[[HttpRequest, str], HttpResponse]
_LANGUAGES = ("ru", "en")


def _public(view: View) -> View:
    """Throttle, language, and headers that keep the link to the person who got it."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        with translation.override(_language(request)):
            response = _answer(view, request, token)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "no-store"
        return response

    return wrapped


def _answer(view: View, request: HttpRequest, token: str) -> HttpResponse:
    if is_throttled(request):
        return render(request, "portal/wait.html", {"languages": _links(request)}, status=429)
    if request.method == "POST" and _is_foreign(request):
        return HttpResponseForbidden()
    return view(request, token)


def _is_foreign(request: HttpRequest) -> bool:
    """``null`` is what privacy settings and no-referrer make of our own page."""
    origin = request.headers.get("Origin", "null")
    return origin != "null" and urlsplit(origin).netloc != request.get_host()


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in _LANGUAGES else translation.get_language() or "ru"


def _links(request: HttpRequest) -> list[dict[str, object]]:
    now = translation.get_language()
    names = {"ru": "Русский", "en": "English"}
    return [
        {"code": code, "name": names[code], "url": f"{request.path}?lang={code}", "active": code == now}
        for code in _LANGUAGES
    ]


@_public
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows and records nothing, whoever opens it; POST records, the same POST again changes nothing."""
    invitation = _find(request, token)
    company = load_company()
    if invitation is None or not _is_open(invitation, company):
        return _closed(request, company)
    response = _response_of(invitation)
    earlier = {"score": int(response.score), "comment": response.comment} if response else {}
    form = AnswerForm(request.POST) if request.method == "POST" else AnswerForm(initial=earlier)
    if request.method == "POST" and form.is_valid():
        answer = Answer(score=form.cleaned_data["score"], comment=form.cleaned_data["comment"])
        try:
            record_answer(invitation_id=invitation.pk, answer=answer, now=timezone.now())
        except SurveyClosedError:
            return _closed(request, company)
        return _to(request, "portal:thanks", token)
    context = {
        "form": form,
        "response": response,
        "invitation": invitation,
        "greeting": _greeting(invitation),
        "company": company,
        "chosen": str(form["score"].value() or ""),
        "scores": [str(number) for number in range(1, 11)],
        "languages": _links(request),
    }
    return render(request, "portal/survey.html", context, status=400 if form.errors else 200)


@_public
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    """What follows from the score: a recommendation is asked for, or a call is promised."""
    invitation = _find(request, token)
    company = load_company()
    response = _response_of(invitation) if invitation else None
    if invitation is None or response is None or not _is_open(invitation, company):
        return _closed(request, company)
    said = {True: "yes", False: "no", None: ""}[response.would_recommend]
    initial = {"would_recommend": said, "text": response.recommendation}
    form = RecommendationForm(request.POST) if request.method == "POST" else RecommendationForm(initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        record_recommendation(
            invitation_id=invitation.pk,
            would_recommend=data["would_recommend"],
            text=data["text"],
            now=timezone.now(),
        )
        return _to(request, "portal:thanks", token)
    context = {
        "form": form,
        "response": response,
        "company": company,
        "owner": current_owner(invitation.client),
        "mood": rules.mood(int(response.score), low=company.low_score, high=company.high_score),
        "chosen": form["would_recommend"].value(),
        "survey_url": _url("portal:survey", token, request),
        "languages": _links(request),
    }
    return render(request, "portal/thanks.html", context, status=400 if form.errors else 200)


def _find(request: HttpRequest, token: str) -> SurveyInvitation | None:
    invitation = invitation_by_digest(rules.token_digest(token))
    if invitation is None:
        count_miss(request)
    return invitation


def _is_open(invitation: SurveyInvitation, company: Company) -> bool:
    response = _response_of(invitation)
    now = timezone.now()
    return rules.takes_answer(
        invitation.state,
        closes_on=invitation.closes_on,
        answered_at=response.answered_at if response else None,
        edit_hours=company.answer_edit_hours,
        now=now,
        today=timezone.localdate(now),
    )


def _greeting(invitation: SurveyInvitation) -> str:
    """As in letters: word for word what that person wants to hear."""
    return greeting_of(invitation.contact, translation.get_language() or "ru") if invitation.contact else ""


def _response_of(invitation: SurveyInvitation) -> SurveyResponse | None:
    return getattr(invitation, "response", None)


def _closed(request: HttpRequest, company: Company) -> HttpResponse:
    """Unknown, expired and used links look the same: nobody learns from it which links exist."""
    context = {"company": company, "languages": _links(request)}
    return render(request, "portal/closed.html", context, status=404)


def _url(route: str, token: str, request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return reverse(route, args=[token]) + (f"?lang={asked}" if asked in _LANGUAGES else "")


def _to(request: HttpRequest, route: str, token: str) -> HttpResponse:
    return HttpResponseRedirect(_url(route, token, request))
