"""One attempt on one screen; the lines that other pages show of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate, make_aware

from clients.enums import OrderStatus
from clients.models import Contract, Order, TimelineEvent
from feedback.models import Complaint, SurveyResponse
from feedback.queries.subjects import CallSubject
from retention.models import Refusal, WinBack
from retention.permissions import visible_win_backs
from retention.rules.winbacks import GONE
from staff.models import User
from work.models import Touch


@dataclass(slots=True)
class WinBackScreen:
    win_back: WinBack
    touches: list[Touch]
    events: list[TimelineEvent]
    scores: list[SurveyResponse]
    complaints: list[Complaint]
    refusals: list[Refusal]
    contracts: list[Contract]
    orders: list[Order]


def win_back_for_page(user: User) -> QuerySet[WinBack]:
    return visible_win_backs(user).select_related(
        "client__standing__owner", "assignee", "campaign", "contract", "order", "lost_reason", "closed_by"
    )


def win_back_screen(win_back: WinBack) -> WinBackScreen:
    client_id = win_back.client_id
    touches = Touch.objects.filter(client=client_id, rule__startswith=f"winback:{win_back.pk}:")
    return WinBackScreen(
        win_back=win_back,
        touches=list(touches.select_related("assignee").order_by("-due_on", "-id")[:10]),
        events=list(TimelineEvent.objects.filter(client=client_id).select_related("actor")[:8]),
        scores=list(SurveyResponse.objects.filter(client=client_id)[:5]),
        complaints=list(Complaint.objects.filter(client=client_id)[:5]),
        refusals=list(
            Refusal.objects.filter(client=client_id).select_related("stated_reason", "established_reason")[:5]
        ),
        contracts=list(Contract.objects.filter(client=client_id).order_by("-starts_on", "-id")[:5]),
        orders=list(Order.objects.filter(client=client_id)[:5]),
    )


def returning_contracts(win_back: WinBack) -> QuerySet[Contract]:
    """What would win the client back: signed since the attempt began and not void."""
    first = _first_day(win_back)
    stands = Q(ends__isnull=True) | Q(ends__gte=F("starts_on"))
    return Contract.objects.filter(stands, client=win_back.client_id, signed_on__gte=first).order_by("signed_on", "id")


def returning_orders(win_back: WinBack) -> QuerySet[Order]:
    since = make_aware(datetime.combine(_first_day(win_back), time.min))
    return Order.objects.filter(
        client=win_back.client_id, status=OrderStatus.COMPLETED, net__gt=0, ordered_at__gte=since
    ).order_by("ordered_at", "id")


def _first_day(win_back: WinBack) -> date:
    return win_back.opened_on if win_back.segment in GONE else win_back.opened_on + timedelta(days=1)


def win_backs_waiting(user: User) -> int:
    """The number in the menu: own attempts whose next step has come, or that have none."""
    due = Q(next_step_on__isnull=True) | Q(next_step_on__lte=localdate())
    return WinBack.objects.filter(due, assignee=user, outcome="")[:1000].count()


def call_subject(touch: Touch, user: User) -> CallSubject | None:
    """Beside the call stands the attempt, and the call leads to its page."""
    number = (touch.rule or "").split(":")[1:2]
    if not number or not number[0].isdecimal():
        return None
    win_back = visible_win_backs(user).filter(pk=int(number[0])).select_related("campaign").first()
    if win_back is None:
        return None
    return CallSubject(
        "retention/winbacks/_call.html", {"win_back": win_back}, reverse("winbacks:page", args=[win_back.pk])
    )
