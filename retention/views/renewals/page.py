"""One renewal: what is known, what is thought, what is offered, how it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.concurrency import EditConflictError
from core.errors import ConflictError, DomainError
from core.forms import put_errors
from core.idempotency import run_once
from retention.enums import Likelihood, RenewalStage
from retention.forms.renewals import (
    LinkForm,
    NextContractForm,
    OfferForm,
    OpinionForm,
    PostponeForm,
    RefuseForm,
    ReopenForm,
    VerdictForm,
)
from retention.models import Renewal
from retention.permissions import may_decide_keeping
from retention.queries.renewals.page import RenewalScreen, renewal_for_page, renewal_screen
from retention.queries.renewals.policies import discount_authority
from retention.services import renewals as services
from retention.views.common import StageQuestion
from retention.views.renewals.common import TONES
from staff.access import only, person
from staff.permissions import in_department

Data = dict[str, Any]
Act = Callable[[Renewal, Any, HttpRequest], object]


def find(request: HttpRequest, pk: int) -> Renewal:
    return get_object_or_404(renewal_for_page(person(request)), pk=pk)


@require_safe
@only(in_department)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, find(request, pk))


def show(
    request: HttpRequest,
    renewal: Renewal,
    refused: Mapping[str, forms.BaseForm] | None = None,
    status: int = 200,
    question: StageQuestion | None = None,
) -> HttpResponse:
    """Forms that were refused keep what was typed, and everything around them is the present state."""
    screen = renewal_screen(renewal, now=now())
    user = person(request)
    is_open = renewal.outcome == ""
    context: Data = {
        "renewal": renewal,
        "question": question,
        "client": renewal.client,
        "screen": screen,
        "is_open": is_open,
        "leads": may_decide_keeping(user),
        "authority": discount_authority(user),
        "stages": RenewalStage.choices,
        "tones": TONES,
        "today": localdate(),
        "failed": next(iter(refused), "") if refused else "",
        **(_forms(renewal, screen) if is_open else {"reopen_form": ReopenForm(renewal=renewal)}),
        **{f"{name}_form": form for name, form in (refused or {}).items()},
    }
    return render(request, "retention/renewals/page.html", context, status=status)


def _forms(renewal: Renewal, screen: RenewalScreen) -> Data:
    start = renewal.due_on + timedelta(days=1)
    following = {
        "signed_on": localdate(),
        "starts_on": start,
        "ends_on": start.replace(year=start.year + 1, day=min(start.day, 28)) - timedelta(days=1),
        "products": [
            product.pk for row in screen.contracts if row.pk == renewal.contract_id for product in row.products.all()
        ],
    }
    return {
        "opinion_form": OpinionForm(renewal=renewal),
        "verdict_form": VerdictForm(renewal=renewal),
        "postpone_form": PostponeForm(renewal=renewal),
        "offer_form": OfferForm(renewal=renewal),
        "link_form": LinkForm(renewal=renewal, candidates=screen.candidates) if screen.candidates else None,
        "next_form": NextContractForm(renewal=renewal, initial=following),
        "refuse_form": RefuseForm(renewal=renewal),
    }


def _acted(request: HttpRequest, pk: int, name: str, form_class: Any, act: Act, done: str) -> HttpResponse:
    renewal = find(request, pk)
    form = form_class(request.POST, renewal=renewal)
    status = 422
    if form.is_valid():
        try:
            url = run_once(
                key=request.POST.get("once", ""),
                user_id=person(request).pk,
                action=lambda: _run(act, renewal, form, request),
            )
        except DomainError as error:
            status, form = _refused(request, pk, form_class, form, error)
        else:
            messages.success(request, done)
            return redirect(url)
    return show(request, find(request, pk), {name: form}, status=status)


def _run(act: Act, renewal: Renewal, form: Any, request: HttpRequest) -> str:
    act(renewal, form, request)
    return reverse("renewals:page", args=[renewal.pk])


def _refused(
    request: HttpRequest, pk: int, form_class: Any, form: Any, error: DomainError
) -> tuple[int, forms.BaseForm]:
    """After a conflict the next press goes by what is stored now; what was typed stays."""
    if isinstance(error, ConflictError):
        fresh = find(request, pk)
        data: QueryDict = cast("QueryDict", form.data).copy()
        data["version"] = str(fresh.version)
        data["seen_opinion"], data["seen_note"] = fresh.opinion, fresh.opinion_note
        form = form_class(data, renewal=fresh)
        form.is_valid()
        if isinstance(error, EditConflictError):
            text = _("%(who)s wrote meanwhile: %(opinion)s. %(note)s")
            values = {"who": fresh.opinion_by, "opinion": fresh.get_opinion_display(), "note": fresh.opinion_note}
            form.add_error(None, text % values)
    put_errors(form, error)
    return (409 if isinstance(error, ConflictError) else error.status if error.status == 403 else 422), form


def _opinion(renewal: Renewal, form: OpinionForm, request: HttpRequest) -> None:
    data = form.cleaned_data
    services.set_opinion(
        renewal=renewal,
        opinion=Likelihood(data["opinion"]),
        note=data["opinion_note"],
        seen=form.seen(),
        actor=person(request),
        now=now(),
    )


def _verdict(renewal: Renewal, form: VerdictForm, request: HttpRequest) -> None:
    data = form.cleaned_data
    services.give_verdict(
        renewal=renewal,
        verdict=Likelihood(data["verdict"]),
        note=data["note"],
        expected_version=data["version"],
        actor=person(request),
        now=now(),
    )


def _postpone(renewal: Renewal, form: PostponeForm, request: HttpRequest) -> None:
    data = form.cleaned_data
    services.postpone(
        renewal=renewal,
        until=data["until"],
        note=data["note"],
        expected_version=data["version"],
        actor=person(request),
        now=now(),
    )


def _offer(renewal: Renewal, form: OfferForm, request: HttpRequest) -> None:
    data = form.cleaned_data
    terms = services.OfferData(
        amount=data["amount"], months=data["months"], discount=data["discount"], words=data["words"]
    )
    services.offer_terms(renewal=renewal, data=terms, actor=person(request), now=now())


def _link(renewal: Renewal, form: LinkForm, request: HttpRequest) -> None:
    data = form.cleaned_data
    services.renew_by_contract(
        renewal=renewal,
        contract_id=data["contract"].pk,
        note=data["note"],
        expected_version=data["version"],
        actor=person(request),
        now=now(),
    )


def _next(renewal: Renewal, form: NextContractForm, request: HttpRequest) -> None:
    services.renew_by_new_contract(
        renewal=renewal,
        data=form.data_of_contract(),
        note=form.cleaned_data["note"],
        expected_version=form.cleaned_data["version"],
        actor=person(request),
        now=now(),
    )


def _refuse(renewal: Renewal, form: RefuseForm, request: HttpRequest) -> None:
    data = form.cleaned_data
    services.refuse(
        renewal=renewal,
        refused_on=data["refused_on"],
        stated_reason=data["stated_reason"],
        stated_words=data["stated_words"],
        tried=data["tried"],
        expected_version=data["version"],
        actor=person(request),
        now=now(),
    )


def _reopen(renewal: Renewal, form: ReopenForm, request: HttpRequest) -> None:
    data = form.cleaned_data
    services.reopen(
        renewal=renewal, note=data["note"], expected_version=data["version"], actor=person(request), now=now()
    )


@require_POST
@only(in_department)
def opinion(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, "opinion", OpinionForm, _opinion, _("Your opinion is kept."))


@require_POST
@only(may_decide_keeping)
def verdict(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, "verdict", VerdictForm, _verdict, _("The disagreement is settled."))


@require_POST
@only(in_department)
def put_off(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, "postpone", PostponeForm, _postpone, _("The renewal sleeps until that day."))


@require_POST
@only(in_department)
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, "offer", OfferForm, _offer, _("The offer is written down."))


@require_POST
@only(in_department)
def link(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, "link", LinkForm, _link, _("Renewed: the next contract is linked."))


@require_POST
@only(in_department)
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, "next", NextContractForm, _next, _("Renewed: the next contract is written down."))


@require_POST
@only(in_department)
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    done = _("The refusal is recorded; a colleague will find out the real reason.")
    return _acted(request, pk, "refuse", RefuseForm, _refuse, done)


@require_POST
@only(may_decide_keeping)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, "reopen", ReopenForm, _reopen, _("The renewal is open again."))
