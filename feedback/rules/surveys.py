"""Pure decisions about surveys and complaints."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.workdays import WorkCalendar
from feedback.enums import InvitationState

_LETTERS_UNTIL = 21  # the client's hour after which a letter waits for the morning


class Mood(StrEnum):
    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


def mood(score: int, *, low: int, high: int) -> Mood:
    """What a score calls for: a complaint, nothing, or a request for a recommendation."""
    if score <= low:
        return Mood.LOW
    return Mood.HIGH if score >= high else Mood.MIDDLE


def local_time(now: datetime, zone: str) -> datetime:
    """The client's own clock; UTC where a stored zone is unknown to this system."""
    try:
        return now.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return now.astimezone(ZoneInfo("UTC"))


def may_leave(now: datetime, zone: str, *, day: date, hour: int) -> bool:
    """Letters leave at ``hour`` of the client's time on ``day`` or, if that was missed, later in daytime."""
    local = local_time(now, zone)
    return local.date() >= day and hour <= local.hour < max(_LETTERS_UNTIL, hour + 1)


def response_window(closes_on: date, *, today: date, length: int) -> date:
    """A survey that leaves after its own window gets a full one."""
    return closes_on if closes_on >= today else today + timedelta(days=length)


def remind_on(sent_on: date, closes_on: date, after: int) -> date | None:
    """One reminder, and none on a day on which it is too late."""
    day = sent_on + timedelta(days=after)
    return day if after and day <= closes_on else None


def derive_token(secret: str, invitation_id: int, nonce: str) -> str:
    """256 bits that only the holder of the secret key can make; the database keeps the digest alone."""
    message = f"survey:{invitation_id}:{nonce}".encode()
    return urlsafe_b64encode(hmac.digest(secret.encode(), message, "sha256")).decode().rstrip("=")


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_token(secrets: Sequence[str], invitation_id: int, nonce: str, digest: str | None) -> str:
    """The token that was sent, made again, also after the secret key was replaced; a new one as the last resort."""
    made = [derive_token(secret, invitation_id, nonce) for secret in secrets]
    return next((token for token in made if token_digest(token) == digest), made[0])


def takes_answer(
    state: str, *, closes_on: date, answered_at: datetime | None, edit_hours: int, now: datetime, today: date
) -> bool:
    """Open until the end of its last day; once answered, open for changes a while longer."""
    if answered_at is not None:
        return now <= answered_at + timedelta(hours=edit_hours)
    return state in {InvitationState.SENT, InvitationState.PLANNED} and today <= closes_on


def complaint_deadline(now: datetime, hours: int, calendar: WorkCalendar) -> datetime:
    return calendar.add_working_hours(now, hours)
