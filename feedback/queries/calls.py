"""The call queue and the call screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.fields import CharField
from django.utils.functional import Promise
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext_lazy as _

from clients.models import Assignment, Client, Contact, Contract, TimelineEvent
from feedback.models import CallAnswer
from feedback.rules.calls import MISSES_TO_SUGGEST_A_LETTER, is_decent_hour
from scripts.models import Objection, Question, ScriptVersion
from scripts.queries import current_version, objections
from staff.models import User
from work import queries as work
from work.enums import CallOutcome, CoverageKind, TouchKind, TouchState
from work.models import CallAttempt, Coverage, Touch
from work.permissions import visible_touches
from work.rules import script_code

GROUPS = ("overdue", "due", "coming", "done")
TITLES = {"overdue": _("Overdue"), "due": _("Today"), "coming": _("Coming"), "done": _("Done today")}
SHORT, LONG = 10, 50  # rows of a group among others, and of one looked at alone
MOST_COUNTED = 1000
#: Calls in which clients object, and how many answers lie at hand.
PERSUADING = frozenset({TouchKind.RENEWAL, TouchKind.SAVE, TouchKind.WIN_BACK})
OBJECTIONS = 8
KIND_TONES: dict[str, str] = {TouchKind.URGENT: "bad", TouchKind.WHAT_WENT_WRONG: "warn", TouchKind.SURVEY_CALL: "info"}


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What part of the queue a person looks at; ``assignee`` is someone's id, 0 for everybody."""

    assignee: int = 0
    kind: str = ""

    def of(self, touches: QuerySet[Touch]) -> QuerySet[Touch]:
        if self.kind:
            touches = touches.filter(kind=self.kind)
        return touches.filter(assignee_id=self.assignee) if self.assignee else touches


@dataclass(slots=True)
class QueueRow:
    touch: Touch
    contact: Contact | None
    local_time: str  # a template would turn a datetime into the company's zone
    is_decent: bool
    waits: bool  # the client asked to be called later

    @property
    def tone(self) -> str:
        return KIND_TONES.get(self.touch.kind, "neutral")

    @property
    def phone(self) -> str:
        phones = list(self.contact.phones.all()) if self.contact else []
        return phones[0].number if phones else ""


@dataclass(slots=True)
class QueueGroup:
    name: str
    count: int
    rows: list[QueueRow] = field(default_factory=list)
    next_after: str = ""

    @property
    def shown_count(self) -> str:
        return f"{MOST_COUNTED}+" if self.count > MOST_COUNTED else str(self.count)

    @property
    def title(self) -> Promise:
        return TITLES[self.name]

    @property
    def is_cut(self) -> bool:
        return self.count > len(self.rows)


def _groups(user: User, chosen: QueueFilter, now: datetime) -> dict[str, QuerySet[Touch]]:
    today = localdate(now)
    seen = chosen.of(visible_touches(user))
    done = work.closed_since(visible_touches(user), make_aware(datetime.combine(today, time.min)))
    if chosen.assignee:
        done = done.filter(closed_by_id=chosen.assignee)
    if chosen.kind:
        done = done.filter(kind=chosen.kind)
    return {
        "overdue": work.in_order_of_need(work.overdue(seen, today)),
        "due": work.in_order_of_need(work.due(seen, today)),
        "coming": work.coming(seen, today).order_by("due_from", "id"),
        "done": done.order_by("-closed_at", "-id"),
    }


def call_queue(user: User, chosen: QueueFilter, *, now: datetime) -> list[QueueGroup]:
    """All four groups, each cut short: three queries for the rows, one for the counts."""
    groups = _groups(user, chosen, now)
    names = {name: Value(name, output_field=CharField()) for name in groups}
    parts = [rows.annotate(group=names[name]).values_list("group", "pk")[:SHORT] for name, rows in groups.items()]
    picked = list(parts[0].union(*parts[1:], all=True))
    counts = _counts(user, groups)
    rows = _rows([pk for _group, pk in picked], now)
    found = {name: QueueGroup(name=name, count=counts[name]) for name in groups}
    for name, pk in picked:
        found[name].rows.append(rows[pk])
    for name, group in found.items():
        group.rows.sort(key=lambda row: _sort_key(name, row))
    return list(found.values())


def _sort_key(name: str, row: QueueRow) -> tuple[object, ...]:
    touch = row.touch
    if name == "coming":
        return (touch.due_from, touch.pk)
    if name == "done":
        return (-(touch.closed_at or touch.updated_at).timestamp(), -touch.pk)
    return (not touch.is_urgent, row.waits, touch.due_on, touch.pk)


def queue_group(user: User, chosen: QueueFilter, name: str, *, after: str = "", now: datetime) -> QueueGroup:
    """One group alone, a page of it; ``after`` is the last row of the page before."""
    ordered = _groups(user, chosen, now)[name]
    ids = list(_after(ordered, name, after).values_list("pk", flat=True)[: LONG + 1])
    rows = _rows(ids[:LONG], now)
    group = QueueGroup(name=name, count=len(ids), rows=[rows[pk] for pk in ids[:LONG]])
    if len(ids) > LONG:
        group.next_after = _mark(name, group.rows[-1].touch)
    return group


def _mark(name: str, touch: Touch) -> str:
    if name == "done":
        return f"{touch.closed_at.isoformat() if touch.closed_at else ''}_{touch.pk}"
    day = touch.due_from if name == "coming" else touch.due_on
    return f"{int(touch.is_urgent)}_{day.isoformat()}_{touch.pk}"


def _after(ordered: QuerySet[Touch], name: str, after: str) -> QuerySet[Touch]:
    """Rows behind the mark; a mark that makes no sense begins anew."""
    *head, last = after.split("_")
    try:
        pk = int(last)
        if name == "done":
            moment = datetime.fromisoformat(head[0])
            return ordered.filter(Q(closed_at__lt=moment) | Q(closed_at=moment, pk__lt=pk))
        urgent, day = head[0] == "1", date.fromisoformat(head[1])
    except (ValueError, IndexError):
        return ordered
    if name == "coming":
        return ordered.filter(Q(due_from__gt=day) | Q(due_from=day, pk__gt=pk))
    later = Q(is_urgent=urgent) & (Q(due_on__gt=day) | Q(due_on=day, pk__gt=pk))
    return ordered.filter(later | Q(is_urgent=False) if urgent else later)


def assignees() -> QuerySet[User]:
    """People who have open contacts, for the filter."""
    waiting = Touch.objects.filter(assignee=OuterRef("pk"), state=TouchState.OPEN)
    return User.objects.filter(Exists(waiting)).only("pk", "name", "username").order_by("name", "pk")


def _counts(user: User, groups: dict[str, QuerySet[Touch]]) -> dict[str, int]:
    """Counted up to a thousand: nobody reads further, and a department's backlog is not walked for a badge."""
    columns = {
        name: Func(
            Subquery(rows.order_by().values("pk")[: MOST_COUNTED + 1]),
            template="(SELECT count(*) FROM %(expressions)s AS counted)",
            output_field=IntegerField(),
        )
        for name, rows in groups.items()
    }
    found = User.objects.filter(pk=user.pk).values_list(*columns.values())[0]
    return dict(zip(groups, found, strict=True))


def _rows(ids: Sequence[int], now: datetime) -> dict[int, QueueRow]:
    touches = Touch.objects.filter(pk__in=ids).select_related("client", "assignee", "contact")
    people = Contact.objects.filter(is_primary=True, archived_at__isnull=True).prefetch_related("phones")
    touches = touches.prefetch_related(Prefetch("client__contacts", people, to_attr="main_contacts"), "contact__phones")
    return {touch.pk: _row(touch, now) for touch in touches}


def _row(touch: Touch, now: datetime) -> QueueRow:
    zone = ZoneInfo(touch.client.timezone)
    people: list[Contact] = touch.client.main_contacts  # type: ignore[attr-defined]
    return QueueRow(
        touch=touch,
        contact=touch.contact or (people[0] if people else None),
        local_time=f"{now.astimezone(zone):%H:%M}",
        is_decent=is_decent_hour(now, zone),
        waits=touch.not_before is not None and touch.not_before > now,
    )


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
