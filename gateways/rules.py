"""Pure decisions about letters: what may leave, when to try again, what an SMTP answer means."""

from __future__ import annotations

import re
from datetime import timedelta
from email.headerregistry import Address
from enum import StrEnum
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from gateways.enums import Decision, MessageState

NOT_AN_ADDRESS = "not an address"  # how the error of a letter that can never leave begins
MAX_ATTEMPTS = 20  # with the back-off below: a little over three days
_LONGEST_PAUSE = timedelta(hours=6)
_SPACES = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")
_SECRET_OF_LINK = re.compile(r"(https?://[^\s\"'<>]*?/)[A-Za-z0-9_~:.=-]{20,}")
_HEADER_NAME = re.compile(r"^[A-Za-z0-9-]{1,60}$")
#: Written by the transport alone: a draft may not set them.
RESERVED_HEADERS = frozenset(
    {"from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "reply-to", "mime-version"}
)


class Verdict(StrEnum):
    RETRY = "retry"
    PERMANENT = "permanent"


def one_line(text: str, limit: int) -> str:
    """A header's value: no line break can start another header."""
    return _SPACES.sub(" ", text).strip()[:limit]


def without_nul(text: str) -> str:
    """PostgreSQL keeps no NUL characters."""
    return text.replace("\x00", "")


def without_secrets(text: str) -> str:
    """Links that let somebody in (a survey, a new password) are for the person who got the letter alone."""
    return _SECRET_OF_LINK.sub(r"\1…", text)


@lru_cache(2048)
def is_deliverable(address: str) -> bool:
    """Looks like one mailbox; a list, a display name or a line break does not."""
    try:
        validate_email(address)
        Address(addr_spec=address)
    except (ValidationError, ValueError, IndexError):
        return False
    return len(address) <= 254


def safe_headers(headers: dict[str, str]) -> dict[str, str]:
    return {
        name: one_line(value, 500)
        for name, value in headers.items()
        if _HEADER_NAME.match(name) and name.lower() not in RESERVED_HEADERS
    }


def pause_before(attempt: int) -> timedelta:
    """Pause before the next try: 1, 2, 4 … minutes, six hours at most."""
    return min(timedelta(minutes=2 ** min(attempt - 1, 9)), _LONGEST_PAUSE)


def judge(code: int, attempts: int) -> Verdict:
    """RFC 5321: 4xx is for now, 5xx for good; endless "for now" ends too."""
    if 500 <= code < 600 or attempts >= MAX_ATTEMPTS:
        return Verdict.PERMANENT
    return Verdict.RETRY


_DECISIONS = {
    MessageState.UNCERTAIN: (Decision.ARRIVED, Decision.RESEND, Decision.CANCEL),
    MessageState.FAILED: (Decision.RESEND, Decision.CANCEL),
    MessageState.QUEUED: (Decision.CANCEL,),
}


def decisions_for(state: MessageState) -> tuple[Decision, ...]:
    """What a person may decide about a letter in this state."""
    return _DECISIONS.get(state, ())


def state_after(decision: Decision) -> MessageState:
    return {
        Decision.RESEND: MessageState.QUEUED,
        Decision.ARRIVED: MessageState.SENT,
        Decision.CANCEL: MessageState.CANCELLED,
    }[decision]
