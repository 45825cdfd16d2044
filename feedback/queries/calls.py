"""The call screen, and what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Prefetch, Q
from django.utils.timezone import localdate, make_aware

from clients.models import Assignment, Client, Contact, Contract, TimelineEvent
from feedback.models import CallAnswer
from feedback.queries.queue import QueueFilter
from feedback.rules.calls import MISSES_TO_SUGGEST_A_LETTER, is_decent_hour
from scripts.models import Objection, Question, ScriptVersion
from scripts.queries import current_version, objections
from staff.models import User
from work import queries as work
from work.enums import CallOutcome, CoverageKind, TouchKind, TouchState
from work.models import CallAttempt, Coverage, Touch
from work.permissions import visible_touches
from work.rules import script_code

#: Calls in which clients object, and how many answers lie at hand.
PERSUADING = frozenset({TouchKind.RENEWAL, TouchKind.SAVE, TouchKind.WIN_BACK})
OBJECTIONS = 8


def next_call(user: User, chosen: QueueFilter, *, but: Touch, now: datetime) -> Touch | None:
    """What opens by itself after a call: urgent first, then the day due; those who asked for later wait."""
    open_now = chosen.of(visible_touches(user)).filter(state=TouchState.OPEN, due_from__lte=localdate(now))
    ready = open_now.exclude(pk=but.pk).filter(Q(not_before__isnull=True) | Q(not_before__lte=now))
    return work.in_order_of_need(ready).first()


@dataclass(slots=True)
class CallScreen:
    """Everything that the caller needs to see at once."""

    touch: Touch
    client: Client
    owner: User
    contacts: list[Contact]
    contract: Contract | None
    events: list[TimelineEvent]
    attempts: list[CallAttempt]
    covers: list[Coverage]
    version: ScriptVersion | None
    questions: list[Question]
    objections: list[Objection]
    local_time: str
    is_decent: bool

    @property
    def suggests_letter(self) -> bool:
        misses = sum(attempt.outcome == CallOutcome.NO_ANSWER for attempt in self.attempts)
        return self.touch.state == TouchState.OPEN and misses >= MISSES_TO_SUGGEST_A_LETTER


def call_screen(touch: Touch, *, now: datetime) -> CallScreen:
    client = touch.client
    zone = ZoneInfo(client.timezone)
    contacts = list(client.contacts.filter(archived_at__isnull=True).prefetch_related("phones"))
    if touch.contact_id:
        contacts.sort(key=lambda contact: contact.pk != touch.contact_id)
    answers = Prefetch("answers", CallAnswer.objects.select_related("question").order_by("question__position"))
    version = current_version(script_code(touch.kind, touch.rule)) if touch.state == TouchState.OPEN else None
    return CallScreen(
        touch=touch,
        client=client,
        owner=Assignment.objects.select_related("user").get(client=client, ended_at__isnull=True).user,
        contacts=contacts,
        contract=client.contracts.order_by("-starts_on", "-id").first(),
        events=list(client.timeline.select_related("actor")[:6]),
        attempts=list(touch.attempts.select_related("user").prefetch_related(answers)),
        covers=list(touch.coverages.filter(kind=CoverageKind.FOLLOW_UP).select_related("order", "contract")[:10]),
        version=version,
        questions=list(version.questions.all()) if version else [],
        objections=list(objections()[:OBJECTIONS]) if touch.kind in PERSUADING else [],
        local_time=f"{now.astimezone(zone):%H:%M}",
        is_decent=is_decent_hour(now, zone),
    )


@dataclass(slots=True)
class QuestionReport:
    question: Question
    count: int
    yes: int
    no: int
    answers: list[CallAnswer]


def answers_by_question(
    questions: Sequence[Question], *, from_on: date, until_on: date, latest: int = 8
) -> list[QuestionReport]:
    """What clients said to each question in ``[from_on, until_on]``, newest first. One query over all questions."""
    if not questions:
        return []
    start = make_aware(datetime.combine(from_on, time.min))
    end = make_aware(datetime.combine(until_on + timedelta(days=1), time.min))
    rows = (
        CallAnswer.objects.filter(
            question__script_version__script=questions[0].script_version.script_id,
            attempt__at__gte=start,
            attempt__at__lt=end,
        )
        .select_related("attempt__touch__client", "attempt__user", "question")
        .annotate(code=F("question__code"))
        .order_by("-attempt__at", "-id")
    )
    by_code: dict[str, list[CallAnswer]] = {}
    for answer in rows[:5000]:
        by_code.setdefault(answer.question.code, []).append(answer)
    reports = []
    for question in questions:
        said = by_code.get(question.code, [])
        yes, no = (sum(answer.text == word for answer in said) for word in ("yes", "no"))
        reports.append(QuestionReport(question=question, count=len(said), yes=yes, no=no, answers=said[:latest]))
    return reports
