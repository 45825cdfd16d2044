"""The call queue: what is overdue, due today, coming, and was done today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields import CharField
from django.db.models.functions import Coalesce, NullIf
from django.utils.functional import Promise
from django.utils.timezone import localdate, make_aware
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clients.models import Contact, ContactPhone
from core.fixed import FixedQuery
from core.lookups import AnyOf
from core.pagination import counted_at_once
from feedback.rules.calls import is_decent_hour
from staff.models import User
from staff.permissions import colleague, in_department
from staff.queries import name_at
from work import queries as work
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import Touch
from work.permissions import visible_touches

GROUPS = ("overdue", "due", "coming", "done")
TITLES = {"overdue": _("Overdue"), "due": _("Today"), "coming": _("Coming"), "done": _("Done today")}
Shape = tuple[str, ...]
SHAPES: dict[str, type] = {"assignee": int, "kind": str}
SHORT, LONG = 10, 50  # rows of a group among others, and of one looked at alone
MOST_COUNTED = 1000
KIND_TONES: dict[str, str] = {TouchKind.URGENT: "bad", TouchKind.WHAT_WENT_WRONG: "warn", TouchKind.SURVEY_CALL: "info"}
COLUMNS = (
    "id", "kind", "subject", "is_urgent", "is_late", "due_from", "due_on", "not_before", "closed_at", "updated_at",
    "outcome", "client__name", "client__timezone", "who", "contact_name", "phone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What part of the queue a person looks at; ``assignee`` is someone's id, 0 for everybody."""

    assignee: int = 0
    kind: str = ""

    def shape(self) -> Shape:
        """What is filtered by: the queries differ by it, not by the values."""
        return tuple(name for name in SHAPES if getattr(self, name))

    def of(self, touches: QuerySet[Touch]) -> QuerySet[Touch]:
        if self.kind:
            touches = touches.filter(kind=self.kind)
        return touches.filter(assignee_id=self.assignee) if self.assignee else touches


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line, everything but markup ready."""

    id: int
    client: str
    assignee: str
    kind: str
    tone: str
    subject: str
    contact: str
    phone: str
    outcome: str
    is_urgent: bool
    is_late: bool
    due_from: date
    due_on: date
    not_before: datetime | None
    done_at: datetime
    local_time: str
    is_decent: bool
    waits: bool  # the client asked to be called later


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


def _groups(user: User, chosen: QueueFilter, today: date, midnight: datetime) -> dict[str, QuerySet[Touch]]:
    seen = chosen.of(visible_touches(user))
    done = work.closed_since(visible_touches(user), midnight)
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


def _midnight(today: date) -> datetime:
    return make_aware(datetime.combine(today, time.min))


def call_queue(user: User, chosen: QueueFilter, *, now: datetime) -> list[QueueGroup]:
    """All four groups, each cut short: one query for who is in them, one for the counts, one for the rows."""
    if not in_department(user):
        return []
    shape = chosen.shape()
    today = localdate(now)
    asked = [today, _midnight(today), *(getattr(chosen, name) for name in shape)]
    picked = _picks(shape).tuples(*asked)
    counts = _counts(shape).tuples(*asked, user.pk)[0]
    rows = _rows([pk for _group, pk in picked], now)
    found = {name: QueueGroup(name=name, count=count) for name, count in zip(GROUPS, counts, strict=True)}
    for name, pk in picked:
        found[name].rows.append(rows[pk])
    for name, group in found.items():
        group.rows.sort(key=lambda row: _sort_key(name, row))
    return list(found.values())


def _sort_key(name: str, row: QueueRow) -> tuple[object, ...]:
    if name == "coming":
        return (row.due_from, row.id)
    if name == "done":
        return (-row.done_at.timestamp(), -row.id)
    return (not row.is_urgent, row.waits, row.due_on, row.id)


@lru_cache
def _picks(shape: Shape) -> FixedQuery[Touch]:
    """(group, touch) of each group's first ones."""

    def build(today: date, midnight: datetime, *asked: Any) -> QuerySet[Touch, Any]:
        groups = _groups(colleague(), QueueFilter(**dict(zip(shape, asked, strict=True))), today, midnight)
        names = {name: Value(name, output_field=CharField()) for name in groups}
        parts = [rows.annotate(group=names[name]).values_list("group", "pk")[:SHORT] for name, rows in groups.items()]
        return parts[0].union(*parts[1:], all=True)

    return FixedQuery(build, date, datetime, *(SHAPES[name] for name in shape))


@lru_cache
def _counts(shape: Shape) -> FixedQuery[User]:
    """Counted up to a thousand: nobody reads further, and a department's backlog is not walked for a badge."""

    def build(today: date, midnight: datetime, *asked: Any) -> QuerySet[User]:
        *values, reader = asked
        groups = _groups(colleague(), QueueFilter(**dict(zip(shape, values, strict=True))), today, midnight)
        columns = (counted_at_once(rows, MOST_COUNTED + 1) for rows in groups.values())
        return User.objects.filter(pk=reader).values_list(*columns)

    return FixedQuery(build, date, datetime, *(SHAPES[name] for name in shape), int)


def queue_group(user: User, chosen: QueueFilter, name: str, *, after: str = "", now: datetime) -> QueueGroup:
    """One group alone, a page of it; ``after`` is the last row of the page before."""
    today = localdate(now)
    ordered = _groups(user, chosen, today, _midnight(today))[name]
    ids = list(_after(ordered, name, after).values_list("pk", flat=True)[: LONG + 1])
    rows = _rows(ids[:LONG], now)
    group = QueueGroup(name=name, count=len(ids), rows=[rows[pk] for pk in ids[:LONG]])
    if len(ids) > LONG:
        group.next_after = _mark(name, group.rows[-1])
    return group


def _mark(name: str, row: QueueRow) -> str:
    if name == "done":
        return f"{row.done_at.isoformat()}_{row.id}"
    day = row.due_from if name == "coming" else row.due_on
    return f"{int(row.is_urgent)}_{day.isoformat()}_{row.id}"


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


def assignees() -> list[tuple[int, str]]:
    """People who have open contacts, for the filter."""
    return _ASSIGNEES.tuples()


def _assignees() -> QuerySet[User]:
    waiting = Touch.objects.filter(assignee=OuterRef("pk"), state=TouchState.OPEN)
    return (
        User.objects.filter(Exists(waiting))
        .order_by("name", "pk")
        .values_list("pk", Coalesce(NullIf("name", Value("")), "username"))
    )


_ASSIGNEES: FixedQuery[User] = FixedQuery(_assignees)


def _rows(ids: Sequence[int], now: datetime) -> dict[int, QueueRow]:
    if not ids:
        return {}
    words = _words(get_language())
    clocks: dict[str, tuple[str, bool]] = {}
    rows = {}
    for values in _ROWS.dicts(list(ids)):
        zone = values["client__timezone"]
        if zone not in clocks:
            place = ZoneInfo(zone)
            clocks[zone] = f"{now.astimezone(place):%H:%M}", is_decent_hour(now, place)
        rows[values["id"]] = _row(values, words, clocks[zone], now)
    return rows


def _lines(ids: Sequence[int]) -> QuerySet[Touch, Any]:
    """With whom to talk: the person asked for, else the client's main contact."""
    main = Contact.objects.filter(client=OuterRef("client"), is_primary=True, archived_at__isnull=True)
    phones = ContactPhone.objects.filter(contact=OuterRef("person")).order_by("position", "id")
    return (
        Touch.objects.filter(AnyOf("id", ids))
        .annotate(who=name_at("assignee"), person=Coalesce(F("contact_id"), Subquery(main.values("pk")[:1])))
        .annotate(
            contact_name=Subquery(Contact.objects.filter(pk=OuterRef("person")).values("name")),
            phone=Subquery(phones.values("number")[:1]),
        )
        .values(*COLUMNS)
    )


_ROWS: FixedQuery[Touch] = FixedQuery(_lines, list)


@lru_cache(maxsize=8)
def _words(_language: str | None) -> dict[str, str]:
    """Labels of kinds and outcomes, translated once a language."""
    return {**{str(kind): str(kind.label) for kind in TouchKind}, **{str(one): str(one.label) for one in CallOutcome}}


def _row(values: Mapping[str, Any], words: Mapping[str, str], clock: tuple[str, bool], now: datetime) -> QueueRow:
    not_before = values["not_before"]
    return QueueRow(
        id=values["id"],
        client=values["client__name"],
        assignee=values["who"],
        kind=words[values["kind"]],
        tone=KIND_TONES.get(values["kind"], "neutral"),
        subject=values["subject"],
        contact=values["contact_name"] or "",
        phone=values["phone"] or "",
        outcome=words.get(values["outcome"], ""),
        is_urgent=values["is_urgent"],
        is_late=values["is_late"],
        due_from=values["due_from"],
        due_on=values["due_on"],
        not_before=not_before,
        done_at=values["closed_at"] or values["updated_at"],
        local_time=clock[0],
        is_decent=clock[1],
        waits=not_before is not None and not_before > now,
    )
