"""Which attempts: one filter for the list and the board; how far campaigns have come; who has come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Count, F, QuerySet, Sum, Value, When
from django.utils.functional import Promise

from core.fixed import FixedQuery
from retention.enums import WinBackOutcome, WinBackStage
from retention.models import CampaignTally, TrustCampaign, WinBack
from retention.permissions import visible_win_backs
from staff.models import User

CARDS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class WinBackFilter:
    """Empty means everything that is open."""

    manager: int | None = None
    segment: str = ""
    stage: str = ""
    tier: str = ""
    campaign: int | None = None
    mark: str = ""  # "due": the next step has come; "forgotten": there is none
    state: str = "open"  # or an outcome, or "closed"


def win_backs(user: User, wanted: WinBackFilter, *, today: date) -> QuerySet[WinBack]:
    rows = visible_win_backs(user)
    if wanted.state == "open":
        rows = rows.filter(outcome="")
    else:
        rows = rows.exclude(outcome="") if wanted.state == "closed" else rows.filter(outcome=wanted.state)
    same = {
        "assignee_id": wanted.manager,
        "segment": wanted.segment,
        "stage": wanted.stage,
        "client__tier": wanted.tier,
        "campaign_id": wanted.campaign,
    }
    rows = rows.filter(**{name: value for name, value in same.items() if value})
    if wanted.mark == "due":
        return rows.filter(next_step_on__lte=today)
    return rows.filter(next_step_on__isnull=True) if wanted.mark == "forgotten" else rows


class Attempt(NamedTuple):
    """All that a card of the board or a line of the list shows."""

    id: int
    client: str
    tier: str
    segment: str
    stage: str
    next_step_on: date | None
    opened_on: date
    assignee_id: int
    assignee: str
    campaign_id: int | None
    campaign: str | None
    outcome: str
    lost_reason: str | None


#: The columns of ``Attempt``.
SHOWN = (
    "id", "client__name", "client__tier", "segment", "stage", "next_step_on", "opened_on", "assignee_id",
    "assignee__name", "campaign_id", "campaign__name", "outcome", "lost_reason__name",
)  # fmt: skip


@dataclass(slots=True)
class Column:
    key: str
    title: str | Promise
    count: int = 0
    rows: list[Attempt] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        return self.count - len(self.rows)


def columns(rows: QuerySet[WinBack], counts: Mapping[str, int] | None = None) -> list[Column]:
    """How many there are in each stage, unless that is known already, and the first cards of each: a query each."""
    if counts is None:
        counts = dict(rows.order_by().values_list("stage").annotate(Count("pk")))
    found = {str(stage): Column(str(stage), stage.label, counts.get(stage, 0)) for stage in WinBackStage}
    order: list[Any] = [F("next_step_on").asc(nulls_first=True), "pk"]
    parts = [rows.filter(stage=key).order_by(*order).values_list("pk", flat=True)[:CARDS] for key in found]
    cards = WinBack.objects.filter(pk__in=parts[0].union(*parts[1:], all=True)).order_by()
    for card in sorted((Attempt(*row) for row in cards.values_list(*SHOWN)), key=_of_need):
        found[card.stage].rows.append(card)
    return list(found.values())


def _of_need(card: Attempt) -> tuple[date, int]:
    """Without a next step first: nobody would come back to it."""
    return card.next_step_on or date.min, card.id


@dataclass(frozen=True, slots=True)
class Part:
    """Where some of a campaign's clients stand; ``query`` narrows the list to them."""

    label: str | Promise
    count: int
    share: float | None
    query: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Parts of everybody who was approached. Each later part lies inside the earlier one, lost ones stand apart."""

    campaign: TrustCampaign
    total: int
    contacted: int
    offered: int
    won: int
    lost: int
    at: Mapping[str, int]  # open ones by stage

    @property
    def parts(self) -> list[Part]:
        """Every client of it once: the open ones by stage, the closed ones by outcome."""
        rows = [(stage.label, self.at[stage], f"stage={stage}", "") for stage in WinBackStage]
        ends = ((WinBackOutcome.WON, self.won, "good"), (WinBackOutcome.LOST, self.lost, "bad"))
        rows += [(outcome.label, count, f"state={outcome}", tone) for outcome, count, tone in ends]
        whole = self.total
        return [Part(label, count, count / whole if whole else None, query, tone) for label, count, query, tone in rows]

    @property
    def shares(self) -> Mapping[str, float | None]:
        counts = {"contacted": self.contacted, "offered": self.offered, "won": self.won, "lost": self.lost}
        return {name: count / self.total if self.total else None for name, count in counts.items()}

    @property
    def of_goal(self) -> float | None:
        return self.won / self.campaign.goal if self.campaign.goal else None


def progress(campaigns: Iterable[TrustCampaign]) -> list[Progress]:
    """One query for all of them, of the kept counts."""
    rows = list(campaigns)
    of = {row.pk: Counter[tuple[str, str]]() for row in rows}
    counts = CampaignTally.objects.filter(campaign_id__in=of).order_by()
    for pk, stage, outcome, count in counts.values_list("campaign_id", "stage", "outcome").annotate(Sum("number")):
        of[pk][stage, outcome] += count
    return [_progress(row, of[row.pk]) for row in rows]


def _progress(campaign: TrustCampaign, counts: Mapping[tuple[str, str], int]) -> Progress:
    won, lost = WinBackOutcome.WON, WinBackOutcome.LOST
    far = (WinBackStage.OFFERED, WinBackStage.TRYING)

    def number(fits: Callable[[str, str], bool]) -> int:
        return sum(count for (stage, outcome), count in counts.items() if fits(stage, outcome))

    return Progress(
        campaign,
        total=sum(counts.values()),
        contacted=number(lambda stage, outcome: bool(outcome) or stage != WinBackStage.NEW),
        offered=number(lambda stage, outcome: outcome == won or stage in far),
        won=number(lambda _stage, outcome: outcome == won),
        lost=number(lambda _stage, outcome: outcome == lost),
        at={str(stage): counts.get((stage, ""), 0) for stage in WinBackStage},
    )


def campaigns(*, open_only: bool = False) -> QuerySet[TrustCampaign]:
    rows = TrustCampaign.objects.order_by(
        Case(When(closed_at__isnull=True, then=Value("a")), default=Value("b"), output_field=CharField()),
        "-starts_on",
        "-pk",
    )
    return rows.filter(closed_at__isnull=True) if open_only else rows


def named_campaigns(*, open_only: bool = False) -> list[tuple[int, str]]:
    """For a choice among them: the latest hundred."""
    return (_OPEN_CAMPAIGNS if open_only else _CAMPAIGNS).tuples()


def _named_campaigns(*, open_only: bool) -> QuerySet[TrustCampaign, Any]:
    return campaigns(open_only=open_only).values_list("pk", "name")[:100]


_CAMPAIGNS: FixedQuery[TrustCampaign] = FixedQuery(partial(_named_campaigns, open_only=False))
_OPEN_CAMPAIGNS: FixedQuery[TrustCampaign] = FixedQuery(partial(_named_campaigns, open_only=True))


def people_of_department() -> QuerySet[User]:
    return User.objects.filter(is_active=True, roles__overlap=["am", "growth", "head"]).order_by("name", "pk")


def who_may_try() -> list[tuple[int, str]]:
    """The same people as a filter names them."""
    return _PEOPLE.tuples()


def _named_people() -> QuerySet[User, Any]:
    return people_of_department().values_list("pk", "name")


_PEOPLE: FixedQuery[User] = FixedQuery(_named_people)
