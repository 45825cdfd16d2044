"""Hand-offs as pages: the lists of everybody's own concern, one hand-off, and what may be decided about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.enums import HandoffStatus, Pain
from clients.forms.handoffs import AskSalesForm, DismissForm, RedirectForm, ReturnForm
from clients.models import Handoff, SalesRequest
from clients.permissions import (
    may_answer_handoff,
    may_ask_sales,
    may_edit_handoff,
    may_redirect_handoff,
    visible_clients,
    visible_handoffs,
)
from clients.queries.handoffs import (
    clients_to_distribute,
    handoffs_for_list,
    offered_to,
    open_requests,
    overdue_handoffs,
    own_handoffs,
)
from clients.rules.handoffs import Clocks, clocks
from clients.services.handoffs import (
    accept_handoff,
    ask_sales_back,
    discard_draft,
    dismiss_request,
    redirect_handoff,
    return_handoff,
)
from core.htmx import go_to
from core.queries import load_calendar
from staff.enums import Role
from staff.models import User
from staff.permissions import in_department, leads, sells

PAGE = 50


def person(request: HttpRequest) -> User:
    return cast("User", request.user)


@login_required
@require_GET
def handoff_list(request: HttpRequest) -> HttpResponse:
    user = person(request)
    views = _views_of(user)
    if not views:
        raise PermissionDenied
    chosen = request.GET.get("view", "")
    current = chosen if chosen in views else next(iter(views))
    rows, older = _page(views[current](user), request.GET.get("before", ""))
    context = {
        "view": current,
        "tabs": _tabs(user, views, current),
        "rows": _with_clocks(rows),
        "older_url": f"?view={current}&before={older}" if older else "",
        "newest_url": f"?view={current}" if request.GET.get("before") else "",
        "requests": list(open_requests(user)) if current == "mine" else [],
        "undistributed": list(clients_to_distribute()[:PAGE]) if current == "distribute" else [],
        "may_sell": sells(user),
    }
    return render(request, "handoffs/list.html", context)


@login_required
@require_GET
def handoff_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _find(request, pk))


@login_required
@require_POST
def handoff_accept(request: HttpRequest, pk: int) -> HttpResponse:
    handoff = accept_handoff(handoff=_find(request, pk), actor=person(request), now=now())
    text = _("%(client)s is yours now. The welcome letter is on its way.") % {"client": handoff.client}
    return go_to(request, reverse("handoffs:detail", args=[pk]), text)


@login_required
@require_POST
def handoff_return(request: HttpRequest, pk: int) -> HttpResponse:
    handoff = _find(request, pk)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _show(request, handoff, status=422, return_form=form)
    return_handoff(handoff=handoff, **form.cleaned_data, actor=person(request), now=now())
    return go_to(request, reverse("handoffs:list"), _("Returned. The salesperson has been told by letter."))


@login_required
@require_POST
def handoff_redirect(request: HttpRequest, pk: int) -> HttpResponse:
    handoff = _find(request, pk)
    if not may_redirect_handoff(person(request)):
        raise PermissionDenied
    form = RedirectForm(request.POST)
    if not form.is_valid():
        return _show(request, handoff, status=422, redirect_form=form)
    user = form.cleaned_data["user"]
    redirect_handoff(handoff=handoff, user=user, actor=person(request), now=now())
    return go_to(request, reverse("handoffs:detail", args=[pk]), _("%(manager)s has been asked.") % {"manager": user})


@login_required
@require_POST
def handoff_discard(request: HttpRequest, pk: int) -> HttpResponse:
    discard_draft(handoff=_find(request, pk), actor=person(request))
    return go_to(request, reverse("handoffs:list"), _("The draft is gone."))


@login_required
@require_GET
def handoff_file(request: HttpRequest, pk: int) -> FileResponse:
    stored = _find(request, pk).signed_file
    if stored is None:
        raise Http404
    return FileResponse(stored.content.open("rb"), as_attachment=True, filename=stored.name)


@login_required
@require_http_methods(["GET", "POST"])
def ask_sales(request: HttpRequest, client_pk: int) -> HttpResponse:
    client = get_object_or_404(visible_clients(person(request)), pk=client_pk)
    if not may_ask_sales(person(request)):
        raise PermissionDenied
    form = AskSalesForm(request.POST or None, client=client)
    if request.method == "POST" and form.is_valid():
        ask_sales_back(client=client, **form.cleaned_data, actor=person(request), now=now())
        messages.success(request, _("The salesperson has been told by letter."))
        return redirect("handoffs:list")
    status = 422 if form.is_bound else 200
    return render(request, "handoffs/ask_sales.html", {"form": form, "client": client}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def request_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(SalesRequest.objects.select_related("client"), pk=pk, salesperson=person(request))
    form = DismissForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        dismiss_request(request=asked, **form.cleaned_data, actor=person(request), now=now())
        return go_to(request, reverse("handoffs:list"), _("Dismissed; the reason is on the client's timeline."))
    status = 422 if form.is_bound else 200
    return render(request, "handoffs/dismiss.html", {"form": form, "asked": asked}, status=status)


def _find(request: HttpRequest, pk: int) -> Handoff:
    rows = visible_handoffs(person(request)).select_related(
        "client__industry",
        "client__region",
        "client__possible_duplicate_of",
        "contract",
        "proposed_owner",
        "salesperson",
        "accepted_by",
        "signed_file",
    )
    return get_object_or_404(rows, pk=pk)


def _show(request: HttpRequest, handoff: Handoff, *, status: int = 200, **forms: Any) -> HttpResponse:
    user = person(request)
    if handoff.status == HandoffStatus.DRAFT:
        return redirect("handoffs:edit", pk=handoff.pk)
    offered = handoff.status == HandoffStatus.OFFERED
    context = {
        "handoff": handoff,
        "clocks": _clocks_of(handoff),
        "contacts": handoff.client.contacts.filter(archived_at=None).prefetch_related("phones"),  # type: ignore[union-attr]
        "products": handoff.contract.products.all(),  # type: ignore[union-attr]
        "pains": [Pain(pain).label for pain in handoff.pains],
        "may_answer": offered and may_answer_handoff(user, handoff),
        "may_redirect": offered and may_redirect_handoff(user),
        "may_edit": may_edit_handoff(user, handoff),
        "may_ask": may_ask_sales(user),
        "return_form": ReturnForm(),
        "redirect_form": RedirectForm(),
        **forms,
    }
    return render(request, "handoffs/detail.html", context, status=status)


def _views_of(user: User) -> dict[str, Callable[[User], QuerySet[Handoff]]]:
    """The lists that concern this person, the first one opens by itself."""
    views: dict[str, Callable[[User], QuerySet[Handoff]]] = {}
    if user.has_role(Role.AM) or leads(user):
        views["inbox"] = offered_to
    if sells(user):
        views["mine"] = own_handoffs
    if leads(user):
        views |= {"overdue": overdue_handoffs, "distribute": _nothing}
    if in_department(user):
        views["all"] = handoffs_for_list
    first = "mine" if user.has_role(Role.SALES) else "inbox" if user.has_role(Role.AM) else "all"
    return dict(sorted(views.items(), key=lambda item: item[0] != first))


def _nothing(user: User) -> QuerySet[Handoff]:
    return Handoff.objects.none()


def _tabs(user: User, views: dict[str, Any], current: str) -> list[dict[str, Any]]:
    labels = {
        "inbox": _("To accept"),
        "mine": _("Handed off by me"),
        "overdue": _("Overdue"),
        "distribute": _("To distribute"),
        "all": _("All"),
    }
    counts: dict[str, Callable[[User], QuerySet[Handoff]]] = {"inbox": offered_to, "overdue": overdue_handoffs}
    return [
        {
            "label": labels[name],
            "url": f"?view={name}",
            "active": name == current,
            "count": _count(user, name, counts),
            "tone": "bad" if name == "overdue" else "",
        }
        for name in views
    ]


def _count(user: User, name: str, counts: dict[str, Callable[[User], QuerySet[Handoff]]]) -> int | None:
    if name == "distribute":
        return clients_to_distribute().order_by().count() or None
    return counts[name](user).order_by().count() or None if name in counts else None


def _page(rows: QuerySet[Handoff], before: str) -> tuple[list[Handoff], int | None]:
    """By number, the newest first; lists that press are short and come in their own order."""
    if rows.query.order_by:
        return list(rows[:PAGE]), None
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def _with_clocks(rows: list[Handoff]) -> list[tuple[Handoff, Clocks]]:
    if not rows:
        return []
    calendar, moment = load_calendar(), now()
    return [
        (
            row,
            clocks(
                signed_on=row.contract.signed_on if row.contract else None,
                offered_at=row.offered_at,
                accepted_at=row.accepted_at or row.returned_at,
                now=moment,
                calendar=calendar,
            ),
        )
        for row in rows
    ]


def _clocks_of(handoff: Handoff) -> Clocks:
    return _with_clocks([handoff])[0][1]
