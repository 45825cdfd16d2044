"""Who is asked to take a client, and by when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localdate

from clients.models import Client
from clients.queries.handoffs import caretaker, manager_candidates, note_load
from clients.rules.handoffs import choose_manager
from core.models import Company
from core.queries import load_calendar
from staff.models import User


@dataclass(frozen=True, slots=True)
class Choice:
    user: User
    nobody: bool  # nobody fitted: the caretaker holds the client until the head distributes it


def deadline(*, now: datetime, company: Company) -> datetime:
    return load_calendar().add_working_hours(now, company.accept_hours)


def choose_owner(
    *,
    client: Client | None,
    zone: str,
    tier: str,
    company: Company,
    accept_by: datetime,
    now: datetime,
    parent_id: int | None = None,
    prefer: int | None = None,
    exclude: Collection[int] = (),
) -> Choice:
    """Nobody who is away between now and the deadline is asked: nobody would answer."""
    candidates = manager_candidates(
        company=company,
        client=client,
        parent_id=parent_id,
        first_day=localdate(now),
        last_day=localdate(accept_by),
    )
    chosen = choose_manager(candidates.values(), client_zone=zone, now=now, prefer=prefer, exclude=exclude)
    if chosen is None:
        return Choice(caretaker(), nobody=True)
    user = next(user for user in candidates if user.pk == chosen)
    note_load(user, tier=tier, company=company)
    return Choice(user, nobody=False)
