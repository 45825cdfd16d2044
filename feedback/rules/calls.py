"""When a call may be recorded and what follows from it; the hour at which a client may be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from work.enums import CallOutcome

DECENT_FROM, DECENT_UNTIL = time(9), time(20)
MISSES_TO_SUGGEST_A_LETTER = 3

CLOSING = frozenset({CallOutcome.REACHED, CallOutcome.REFUSED})


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What the caller entered. ``no_next`` says that no further contact is needed, in so many words."""

    outcome: CallOutcome
    note: str = ""
    answers: Mapping[int, str] | None = None  # question id → text
    score: int | None = None
    call_back_at: datetime | None = None
    next_touch_on: date | None = None
    next_subject: str = ""
    no_next: bool = False


def is_decent_hour(now: datetime, zone: ZoneInfo) -> bool:
    """Nobody is rung up at night because we are awake."""
    return DECENT_FROM <= now.astimezone(zone).time() < DECENT_UNTIL


def missing_fields(record: CallRecord, *, now: datetime, today: date, needs_score: bool = False) -> dict[str, str]:
    """Field → code of what is missing or wrong; empty when the call can be recorded."""
    if record.outcome == CallOutcome.CALL_BACK:
        return _call_back(record, now)
    if record.outcome not in CLOSING:
        return {}
    problems: dict[str, str] = {}
    said_something = record.note.strip() or any(text.strip() for text in (record.answers or {}).values())
    if record.outcome == CallOutcome.REACHED and needs_score and record.score is None:
        problems["score"] = "score"
    elif record.outcome == CallOutcome.REACHED and not said_something and record.score is None:
        problems["note"] = "nothing_said"
    if record.outcome == CallOutcome.REFUSED and not record.note.strip():
        problems["note"] = "why_refused"
    return problems | _next_touch(record, today)


def _call_back(record: CallRecord, now: datetime) -> dict[str, str]:
    if record.call_back_at is None:
        return {"call_back_at": "when"}
    return {"call_back_at": "past"} if record.call_back_at <= now else {}


def _next_touch(record: CallRecord, today: date) -> dict[str, str]:
    if record.no_next:
        return {"next_touch_on": "both"} if record.next_touch_on else {}
    if record.next_touch_on is None:
        return {"next_touch_on": "next"}
    if record.next_touch_on < today:
        return {"next_touch_on": "past"}
    return {} if record.next_subject.strip() else {"next_subject": "about"}
