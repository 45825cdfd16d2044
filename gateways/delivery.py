"""How letters leave: queued → claimed → sending → sent.

``sending`` is committed just before the body goes over the wire, so that a sender killed at any instruction leaves
either a claim that runs out (back to the queue: it certainly has not left) or a ``sending`` that runs out (uncertain:
it may have left, a person decides). Leases are measured by the database's clock, not by any host's.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from gateways import rules
from gateways.enums import MessageState
from gateways.models import OutboxMessage
from gateways.transport import LostContactError, RefusedError, Transport, UnreachableError, open_transport


@dataclass(frozen=True, slots=True)
class Pace:
    batch: int = 20
    claim_lease: timedelta = timedelta(minutes=15)  # more than a batch takes with every answer at its time limit
    send_lease: timedelta = timedelta(minutes=10)
    seconds: float = 45  # then the next run goes on


class ClaimLostError(Exception):
    """The lease ran out and the letter belongs to somebody else by now."""


def deliver_due(*, now: datetime, pace: Pace = Pace(), transport: Transport | None = None) -> Mapping[str, int]:
    """Sends what is due, next to any number of others doing the same. Not to be called inside a transaction."""
    counts = recover(now=now)
    sender = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(6)}"
    way_out = transport or open_transport()
    stop_at = time.monotonic() + pace.seconds
    try:
        while time.monotonic() < stop_at and (letters := _claim(sender, now=now, pace=pace)):
            for letter in letters:
                counts[_send(letter, sender=sender, way_out=way_out, now=now, pace=pace)] += 1
    except UnreachableError as error:
        counts["unreachable"] += 1
        _release(sender, error=str(error))
    finally:
        way_out.close()
    return {name: count for name, count in counts.items() if count}


def recover(*, now: datetime) -> Counter[str]:
    """Gives back what dead senders held and ends what is pointless by now."""
    run_out = OutboxMessage.objects.filter(claimed_until__lt=Now())
    return Counter(
        requeued=run_out.filter(state=MessageState.CLAIMED).update(
            state=MessageState.QUEUED, claimed_by="", claimed_until=None
        ),
        uncertain=run_out.filter(state=MessageState.SENDING).update(
            state=MessageState.UNCERTAIN, claimed_until=None, error="the sender stopped while handing it over"
        ),
        expired=OutboxMessage.objects.filter(state=MessageState.QUEUED, expires_at__lt=now).update(
            state=MessageState.FAILED, error="expired before it could be sent"
        ),
    )


def _claim(sender: str, *, now: datetime, pace: Pace) -> list[OutboxMessage]:
    with transaction.atomic():
        due = OutboxMessage.objects.filter(state=MessageState.QUEUED, send_after__lte=now)
        letters = list(due.select_for_update(skip_locked=True).order_by("send_after", "id")[: pace.batch])
        OutboxMessage.objects.filter(pk__in=[letter.pk for letter in letters]).update(
            state=MessageState.CLAIMED, claimed_by=sender, claimed_until=Now() + pace.claim_lease
        )
    return letters


def _send(letter: OutboxMessage, *, sender: str, way_out: Transport, now: datetime, pace: Pace) -> str:
    mine = OutboxMessage.objects.filter(pk=letter.pk, claimed_by=sender)
    try:
        way_out.deliver(letter, before_data=partial(_mark_sending, letter, sender, pace))
    except ClaimLostError:
        return "lost"
    except RefusedError as error:
        return _refused(letter, sender, error, now=now)
    except LostContactError as error:
        mine.update(state=MessageState.UNCERTAIN, claimed_until=None, attempts=F("attempts") + 1, error=str(error))
        return "uncertain"
    mine.update(
        state=MessageState.SENT,
        sent_at=now,
        attempts=F("attempts") + 1,
        claimed_until=None,
        delivered_locally=way_out.is_local,
        error="",
    )
    return "sent"


def _mark_sending(letter: OutboxMessage, sender: str, pace: Pace) -> None:
    """Committed here and now: from this moment nobody else may send the letter."""
    with transaction.atomic(durable=True):
        held = OutboxMessage.objects.filter(pk=letter.pk, claimed_by=sender, state=MessageState.CLAIMED)
        if not held.update(state=MessageState.SENDING, claimed_until=Now() + pace.send_lease):
            raise ClaimLostError


def _refused(letter: OutboxMessage, sender: str, error: RefusedError, *, now: datetime) -> str:
    attempts = letter.attempts + 1
    verdict = rules.judge(error.code, attempts)
    retry = verdict == rules.Verdict.RETRY
    OutboxMessage.objects.filter(pk=letter.pk, claimed_by=sender).update(
        state=MessageState.QUEUED if retry else MessageState.FAILED,
        send_after=now + rules.pause_before(attempts) if retry else letter.send_after,
        attempts=attempts,
        claimed_by="",
        claimed_until=None,
        error=str(error),
    )
    return verdict.value


def _release(sender: str, *, error: str) -> None:
    """The server can't be reached: its letters wait where they were, without an attempt counted."""
    OutboxMessage.objects.filter(claimed_by=sender, state=MessageState.CLAIMED).update(
        state=MessageState.QUEUED, claimed_by="", claimed_until=None, error=error
    )
