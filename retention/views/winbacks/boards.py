"""Win-back seen from above: segments, columns, list, and who has come back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.enums import Tier
from core.errors import ConflictError, DomainError
from core.htmx import is_partial, render_page
from core.options import options
from core.page_links import page_urls
from core.pagination import count_up_to, keyset_page
from retention.enums import WinBackOutcome, WinBackSegment, WinBackStage
from retention.forms.winbacks import SegmentFilterForm, StageForm, TakeForm, WinBackFilterForm
from retention.models import WinBack
from retention.permissions import may_decide_keeping, visible_win_backs
from retention.queries.renewals.listing import managers_with_renewals
from retention.queries.winbacks.listing import SHOWN, Attempt, columns, named_campaigns, who_may_try, win_backs
from retention.queries.winbacks.returns import Since, mismatches, months, returns, with_attempts
from retention.queries.winbacks.segments import SegmentFilter, candidates, segment_counts
from retention.services import winbacks as services
from retention.services.leaving import catch_up
from retention.services.stages import StageAsksError
from retention.views.common import StageQuestion, stage_question
from retention.views.winbacks.common import view_tabs
from retention.views.winbacks.page import find, show
from staff.access import only, person
from staff.permissions import in_department


@require_safe
@only(in_department)
def segments(request: HttpRequest) -> HttpResponse:
    user = person(request)
    wanted = SegmentFilterForm(request.GET).wanted()
    catch_up(now=now())
    page = candidates(user, wanted, after=request.GET.get("after", ""))
    counts, leads = segment_counts(wanted), may_decide_keeping(user)
    context = {
        "rows": page.rows,
        "today": localdate(),
        "cards": [_segment_card(request, segment, count, wanted) for segment, count in counts.items()],
        "wanted": wanted,
        "chosen": wanted.segments[0] if wanted.segments else "",
        "managers": managers_with_renewals(),
        "tiers": Tier.choices,
        "segments": WinBackSegment.choices,
        "leads": leads,
        "campaigns": options(named_campaigns(open_only=True), "", _("without a campaign")) if leads else "",
        "kept": request.GET.urlencode(),
        "found": sum(count for segment, count in counts.items() if not wanted.segments or segment in wanted.segments),
        "tabs": view_tabs(request, "segments"),
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=""),
        "wide": True,
    }
    piece = "retention/winbacks/_segments.html"
    return render_page(request, "retention/winbacks/segments.html", context, fragment=piece)


def _segment_card(request: HttpRequest, segment: WinBackSegment, count: int, wanted: SegmentFilter) -> dict[str, Any]:
    query = request.GET.copy()
    query.pop("after", None)
    query["segment"] = str(segment)
    return {
        "label": segment.label,
        "count": count,
        "url": f"?{query.urlencode()}",
        "active": str(segment) in wanted.segments,
    }


@require_POST
@only(in_department)
def take(request: HttpRequest) -> HttpResponse:
    """Clients ticked in the list, or everybody of the filter."""
    form = TakeForm(request.POST)
    wanted = SegmentFilterForm(request.GET).wanted()
    back = redirect(reverse("winbacks:segments") + (f"?{request.GET.urlencode()}" if request.GET else ""))
    if not form.is_valid():
        messages.error(request, _("Choose clients and an open campaign."))
        return back
    data = form.cleaned_data
    clients = None if data["everybody"] else tuple(data["clients"])
    if clients == ():
        messages.error(request, _("Tick the clients first."))
        return back
    whom = SegmentFilter(segments=wanted.segments, manager=wanted.manager, tier=wanted.tier, clients=clients)
    try:
        taken = services.take_into_win_back(wanted=whom, campaign=data["campaign"], actor=person(request), now=now())
    except DomainError as error:
        messages.error(request, str(error.detail))
        return back
    if taken:
        text = ngettext("%(n)d client is taken into win-back.", "%(n)d clients are taken into win-back.", taken)
        messages.success(request, text % {"n": taken})
    else:
        messages.warning(request, _("Nobody was taken: the clients belong to others or are in win-back already."))
    return back


def _filters(request: HttpRequest, form: WinBackFilterForm) -> dict[str, Any]:
    wanted = form.wanted()
    return {
        "wanted": wanted,
        "managers": who_may_try(),
        "tiers": Tier.choices,
        "segments": WinBackSegment.choices,
        "stages": WinBackStage.choices,
        "campaigns": named_campaigns(),
        "marks": [("due", _("the next step has come")), ("forgotten", _("no next step"))],
        "states": [("closed", _("all that are closed")), *WinBackOutcome.choices],
        "today": localdate(),
        "user_id": person(request).pk,
        "leads": may_decide_keeping(person(request)),
    }


@require_safe
@only(in_department)
def board(request: HttpRequest) -> HttpResponse:
    return _board(request)


def _board(request: HttpRequest, status: int = 200, question: StageQuestion | None = None) -> HttpResponse:
    form = WinBackFilterForm(request.GET)
    context = _filters(request, form)
    found = columns(win_backs(person(request), form.wanted(), today=localdate()))
    is_empty = not any(column.count for column in found)
    context |= {
        "question": question,
        "columns": [] if is_empty else found,
        "is_empty": is_empty,
        "kept": request.GET.urlencode(),
        "tabs": view_tabs(request, "board"),
        "wide": True,
    }
    piece = "retention/winbacks/_columns.html"
    return render_page(request, "retention/winbacks/board.html", context, fragment=piece, status=status)


@require_POST
@only(in_department)
def stage(request: HttpRequest, pk: int) -> HttpResponse:
    """From the board by drag, key or menu; the board answers with its present state."""
    user = person(request)
    win_back = get_object_or_404(visible_win_backs(user), pk=pk)
    form = StageForm(request.POST)
    status = 200
    if not form.is_valid():
        status = 422
        messages.error(request, _("There is no such stage."))
    else:
        data = form.cleaned_data
        wanted, note = WinBackStage(data["stage"]), data["note"]
        try:
            services.move_stage(win_back=win_back, stage=wanted, seen=data["seen"], note=note, actor=user, now=now())
        except StageAsksError as error:
            return _asked(request, win_back, error, wanted, data["seen"])
        except DomainError as error:
            status = 409 if isinstance(error, ConflictError) else error.status if error.status == 403 else 422
            messages.error(request, str(error.detail))
    if is_partial(request) or status != 200:
        return _board(request, status=status)
    back = request.POST.get("back")
    if back == "page" or (back == "campaign" and win_back.campaign_id is None):
        return redirect("winbacks:page", pk)
    if back == "campaign":
        return redirect("winbacks:campaign", win_back.campaign_id)
    return redirect(reverse("winbacks:board") + (f"?{request.GET.urlencode()}" if request.GET else ""))


def _asked(
    request: HttpRequest, win_back: WinBack, error: StageAsksError, stage: WinBackStage, seen: str
) -> HttpResponse:
    at_page = request.POST.get("back") == "page"
    leave = reverse("winbacks:page", args=[win_back.pk]) if at_page else reverse("winbacks:board")
    question = stage_question(request, error, name=win_back.client.name, stage=stage, seen=seen, leave_url=leave)
    if at_page and not is_partial(request):
        return show(request, find(request, win_back.pk), status=422, question=question)
    return _board(request, status=422, question=question)


@require_safe
@only(in_department)
def listing(request: HttpRequest) -> HttpResponse:
    form = WinBackFilterForm(request.GET)
    context = _filters(request, form)
    rows = win_backs(person(request), form.wanted(), today=localdate())
    page = keyset_page(
        rows.values_list(*SHOWN, named=True),
        order=("-opened_on", "-id"),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context |= {
        "rows": [Attempt(*row) for row in page.rows],
        "count": count_up_to(rows, 1000),
        "tabs": view_tabs(request, "list"),
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
        "wide": True,
    }
    return render_page(request, "retention/winbacks/list.html", context, fragment="retention/winbacks/_rows.html")


@require_safe
@only(in_department)
def came_back(request: HttpRequest) -> HttpResponse:
    user, since = person(request), Since.of(now())
    catch_up(now=now())
    page = keyset_page(
        returns(user, since),
        order=("-back_on", "-id"),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "rows": with_attempts(page.rows),
        "today": localdate(),
        "months": months(user, since),
        "mismatches": mismatches(user, since),
        "tabs": view_tabs(request, "returns"),
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
        "wide": True,
    }
    return render(request, "retention/winbacks/returns.html", context)
