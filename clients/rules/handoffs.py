"""Decisions about a hand-off: who gets the client, by when, and what may follow what."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from clients.enums import HandoffStatus, ReturnReason
from core.workdays import WorkCalendar

DAY_MINUTES = 24 * 60
#: Less than this in common a day and the two can hardly talk.
COMMON_MINUTES = 120
DAY_STARTS = time(9)
DAY_ENDS = time(18)

TRANSITIONS: dict[HandoffStatus, frozenset[HandoffStatus]] = {
    HandoffStatus.DRAFT: frozenset({HandoffStatus.OFFERED}),
    HandoffStatus.OFFERED: frozenset({HandoffStatus.OFFERED, HandoffStatus.ACCEPTED, HandoffStatus.RETURNED}),
    HandoffStatus.RETURNED: frozenset({HandoffStatus.OFFERED}),
    HandoffStatus.ACCEPTED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account manager as the choice sees them."""

    id: int
    zone: str
    works_from: time
    works_until: time
    load: Decimal = Decimal(0)
    is_away: bool = False
    holds_group: bool = False  # owns this client already, its parent or a branch of the same parent


def may_become(status: str, target: HandoffStatus) -> bool:
    return target in TRANSITIONS[HandoffStatus(status)]


def common_minutes(candidate: Candidate, *, client_zone: str, now: datetime) -> int:
    """Minutes a day in which the manager works while the client's own office is open; shifts over midnight count."""
    ours = _span(candidate.works_from, candidate.works_until, zone=candidate.zone, now=now)
    theirs = _span(DAY_STARTS, DAY_ENDS, zone=client_zone, now=now)
    return sum(
        max(0, min(ours[1] + shift, theirs[1]) - max(ours[0] + shift, theirs[0]))
        for shift in (-2 * DAY_MINUTES, -DAY_MINUTES, 0, DAY_MINUTES, 2 * DAY_MINUTES)
    )


def choose_manager(
    candidates: Iterable[Candidate],
    *,
    client_zone: str,
    now: datetime,
    prefer: int | None = None,
    exclude: Collection[int] = (),
) -> int | None:
    """The preferred one, else the owner of the same group, else the least loaded who is awake when the client is.

    Nobody who is away is chosen; ties go to the older account. None when nobody fits.
    """
    present = [one for one in candidates if not one.is_away and one.id not in exclude]
    known = [one for one in present if one.id == prefer] or [one for one in present if one.holds_group]
    fitting = known or [
        one for one in present if common_minutes(one, client_zone=client_zone, now=now) >= COMMON_MINUTES
    ]
    best = min(fitting, key=lambda one: (one.load, one.id), default=None)
    return best.id if best else None


def prefers_the_same(return_reason: str) -> bool:
    """Corrected, a hand-off goes to the manager who returned it, unless the client was not theirs at all."""
    return return_reason != ReturnReason.NOT_OURS


def _span(starts: time, ends: time, *, zone: str, now: datetime) -> tuple[int, int]:
    offset = now.astimezone(ZoneInfo(zone)).utcoffset()
    shift = int(offset.total_seconds() // 60) if offset else 0
    start = starts.hour * 60 + starts.minute - shift
    length = (ends.hour * 60 + ends.minute - starts.hour * 60 - starts.minute) % DAY_MINUTES
    return start, start + (length or DAY_MINUTES)


@dataclass(frozen=True, slots=True)
class Clocks:
    """From the signature to the hand-off in days, from the hand-off to the answer in working minutes and in all."""

    days_to_hand_off: int | None
    minutes_to_accept: int | None
    minutes_passed: int | None


def clocks(
    *,
    signed_on: date | None,
    offered_at: datetime | None,
    accepted_at: datetime | None,
    now: datetime,
    calendar: WorkCalendar,
) -> Clocks:
    """Both run on until they are stopped: an open one is counted to ``now``."""
    handed = (offered_at or now).astimezone(calendar.zone).date()
    days = max(0, (handed - signed_on).days) if signed_on else None
    if offered_at is None:
        return Clocks(days_to_hand_off=days, minutes_to_accept=None, minutes_passed=None)
    until = accepted_at or now
    return Clocks(
        days_to_hand_off=days,
        minutes_to_accept=int(calendar.working_minutes(offered_at, until)),
        minutes_passed=max(0, int((until - offered_at).total_seconds() // 60)),
    )
