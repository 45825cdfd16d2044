"""Refusals as pages and figures read them: one filter for the list, the reasons and whoever is behind a bar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from clients.models import Client, TimelineEvent
from core.figures import Period
from core.fixed import FixedQuery
from core.pagination import counted_at_once
from retention.enums import ReasonKind
from retention.models import ExitInterview, MetObjection, Refusal, RefusalReason, Retro
from retention.permissions import visible_refusals
from retention.queries.freezes import tier_on
from scripts.models import Objection
from staff.models import User
from staff.permissions import colleague, in_department
from staff.queries import name_at

M = TypeVar("M", bound=Model)

STANDING, WITHDRAWN = "", "withdrawn"
VIEWS = (STANDING, WITHDRAWN)
NOT_YET = "none"
MOST_COUNTED = 1000  # beside the name of a tab, as in the menu


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalFilter:
    """``said`` and ``true`` are a kind, a reason's id or ``NOT_YET``; owner and tier are those of the day of refusal."""

    period: Period | None = None
    manager_id: int | None = None
    tier: str = ""
    said: str = ""
    true: str = ""
    view: str = STANDING
    objection_id: int | None = None
    differs: bool = False


def refusals(user: User, wanted: RefusalFilter) -> QuerySet[Refusal]:
    rows = visible_refusals(user).filter(withdrawn_at__isnull=wanted.view != WITHDRAWN)
    if wanted.period is not None:
        rows = rows.filter(refused_on__gte=wanted.period.start, refused_on__lt=wanted.period.end)
    if wanted.manager_id:
        rows = rows.filter(owner_id=wanted.manager_id)
    if wanted.tier:
        rows = rows.filter(tier_on("refused_on", wanted.tier))
    if wanted.objection_id:
        rows = rows.filter(
            Exists(MetObjection.objects.filter(refusal=OuterRef("pk"), objection_id=wanted.objection_id))
        )
    return by_reasons(rows, wanted)


def by_reasons(rows: QuerySet[M], wanted: RefusalFilter) -> QuerySet[M]:
    """Refusals, or the tally of them: either has both reasons."""
    rows = rows.filter(_reason("stated_reason", wanted.said) & _reason("established_reason", wanted.true))
    if wanted.differs:
        return rows.exclude(established_reason__isnull=True).exclude(established_reason__kind=F("stated_reason__kind"))
    return rows


def _reason(field: str, code: str) -> Q:
    if not code:
        return Q()
    if code == NOT_YET:
        return Q(**{f"{field}__isnull": True})
    return Q(**{f"{field}__kind": code}) if code in ReasonKind.values else Q(**{f"{field}_id": int(code)})


class Reason(NamedTuple):
    id: int
    kind: str
    name: str
    in_use: bool


def all_reasons() -> list[Reason]:
    """In use or retired, by kind and name."""
    return [Reason(*row) for row in _REASONS.tuples()]


_REASONS: FixedQuery[RefusalReason] = FixedQuery(
    lambda: RefusalReason.objects.order_by("kind", "name").values_list(
        "pk", "kind", "name", ExpressionWrapper(Q(archived_at__isnull=True), output_field=BooleanField())
    )
)


class Left(NamedTuple):
    """All that a line of the list shows; ``declined``: the client would not say why. Reasons stand by their ids."""

    id: int
    client: str
    contract: str | None
    refused_on: date
    stated: int
    established: int | None
    declined: bool | None
    owner: str
    monthly_value: Decimal


#: The columns of ``Left``. Reasons are few and known by then: with each table joined the planner takes twice the time.
SHOWN = (
    "id", "client__name", "agreement", "refused_on", "stated_reason_id", "established_reason_id", "interview__declined",
    "whose", "monthly_value",
)  # fmt: skip


def lines(rows: QuerySet[Refusal]) -> QuerySet[Refusal, Any]:
    """What ``Left`` is made of."""
    number = Coalesce(NullIf("contract__number", Value("")), "contract__external_id")
    return rows.annotate(agreement=number, whose=name_at("owner")).values_list(*SHOWN, named=True)


def refusal_for_page(user: User) -> QuerySet[Refusal]:
    return visible_refusals(user).select_related(
        "client__standing__owner",
        "contract",
        "owner",
        "recorded_by",
        "stated_reason",
        "established_reason",
        "established_by",
        "interview__interviewer",
        "retro__responsible",
        "retro__written_by",
    )


def timeline_of(refusal: Refusal, *, limit: int = 12) -> list[TimelineEvent]:
    return list(TimelineEvent.objects.filter(client_id=refusal.client_id).select_related("actor")[:limit])


def objections_of(refusal: Refusal) -> list[Objection]:
    return [row.objection for row in refusal.objections.select_related("objection").order_by("pk")]


def interviews_to_hold(user: User) -> QuerySet[ExitInterview]:
    rows = ExitInterview.objects.filter(held_at__isnull=True, refusal__withdrawn_at__isnull=True)
    return rows if in_department(user) else rows.none()


class Talk(NamedTuple):
    """All that a line about an interview to hold shows."""

    id: int
    refusal_id: int
    client: str
    stated_kind: str
    stated: str
    owner: str
    interviewer: str
    due_on: date


def talk_lines(rows: QuerySet[ExitInterview]) -> QuerySet[ExitInterview, Any]:
    """What ``Talk`` is made of."""
    stated = ("refusal__stated_reason__kind", "refusal__stated_reason__name")
    named = rows.annotate(whose=name_at("refusal__owner"), who=name_at("interviewer"))
    shown = ("id", "refusal_id", "refusal__client__name", *stated, "whose", "who", "due_on")
    return named.values_list(*shown, named=True)


def retros_to_do(user: User) -> QuerySet[Retro]:
    """Changes that were promised and are not made yet; they stand here until somebody says so."""
    rows = Retro.objects.filter(responsible__isnull=False, done_at__isnull=True)
    return rows if in_department(user) else rows.none()


class Promised(NamedTuple):
    """All that a line about a change to make shows."""

    id: int
    refusal_id: int
    will_change: str
    client: str
    responsible: str
    due_on: date | None


def promise_lines(rows: QuerySet[Retro]) -> QuerySet[Retro, Any]:
    """What ``Promised`` is made of."""
    shown = ("id", "refusal_id", "will_change", "refusal__client__name", "who", "due_on")
    return rows.annotate(who=name_at("responsible")).values_list(*shown, named=True)


@dataclass(frozen=True, slots=True)
class Work:
    """What waits on the other tabs."""

    interviews: int
    retros: int
    retros_overdue: int


def work_waiting(user: User, *, today: date) -> Work:
    return Work(*_WAITING.tuples(today, user.pk)[0]) if in_department(user) else Work(0, 0, 0)


def _waiting(today: date, reader: int) -> QuerySet[User, Any]:
    """All of it in one statement."""
    talks, promises = interviews_to_hold(colleague()), retros_to_do(colleague())
    counts = (counted_at_once(rows, MOST_COUNTED) for rows in (talks, promises, promises.filter(due_on__lt=today)))
    return User.objects.filter(pk=reader).values_list(*counts)


_WAITING: FixedQuery[User] = FixedQuery(_waiting, date, int)


def refusals_of(client: Client, user: User, *, limit: int = 3) -> list[Refusal]:
    rows = visible_refusals(user).filter(client=client, withdrawn_at__isnull=True)
    return list(rows.select_related("stated_reason", "established_reason")[:limit])
