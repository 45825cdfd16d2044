"""Who has come back: by the dates of the contracts, beside what was recorded, and where the two disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from clients.enums import OrderStatus
from clients.models import Client
from clients.permissions import visible_clients
from core.queries import company
from retention.enums import WinBackOutcome, WinBackSegment
from retention.metrics.statements import CHAIN, CONTRACT, DUE, FOLLOW, NESTED, SPAN, TANGLED
from retention.models import WinBack
from retention.permissions import visible_win_backs
from retention.rules.contracts import shift_months
from staff.models import User

MONTHS = 12
#: The parts of the figures, over those clients alone for whom a contract begins within the months asked for.
_RETURNS = f"""
WITH contract AS (
    SELECT q.* FROM ({CONTRACT.sql}) q WHERE q.client_id IN (
        SELECT client_id FROM clients_contract WHERE starts_on BETWEEN %(first)s AND %(last)s)
), span AS ({SPAN.sql}), chain AS ({CHAIN.sql}), tangled AS ({TANGLED.sql}), nested AS ({NESTED.sql}),
follow AS ({FOLLOW.sql}), due AS ({DUE.sql})
SELECT u.client_id, u.day, u.back_on FROM due u
WHERE NOT u.replaced AND NOT u.renewed AND u.day + %(grace)s < %(today)s AND u.back_on BETWEEN %(first)s AND %(last)s
ORDER BY u.back_on DESC, u.client_id
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Return:
    """A client whose contract had ended, and who signed another one after the grace."""

    client: Client
    left_on: date
    back_on: date
    win_back: WinBack | None  # the attempt that was recorded as won with a contract of that day, or about then


@dataclass(frozen=True, slots=True)
class Month:
    month: date
    by_dates: int
    recorded: int


@dataclass(frozen=True, slots=True)
class Mismatch:
    win_back: WinBack
    text: str | Promise


@dataclass(frozen=True, slots=True)
class Returns:
    months: list[Month]
    returns: list[Return]
    mismatches: list[Mismatch]

    @property
    def unrecorded(self) -> list[Return]:
        return [row for row in self.returns if row.win_back is None]


def returns(user: User, *, now: datetime) -> Returns:
    """The last twelve months, the present one included. Never part of renewals: their month stays a refusal."""
    today = localdate(now)
    first = shift_months(today.replace(day=1), 1 - MONTHS)
    found = _by_dates(first, today)
    won = list(
        visible_win_backs(user)
        .filter(outcome=WinBackOutcome.WON, closed_at__date__gte=first)
        .select_related("client", "assignee", "contract", "order")
        .order_by("-closed_at", "-pk")
    )
    clients = visible_clients(user).in_bulk([row[0] for row in found])
    recorded: dict[int, list[WinBack]] = {}
    for win_back in won:
        recorded.setdefault(win_back.client_id, []).append(win_back)
    rows = [
        Return(clients[pk], left_on, back_on, _recorded(recorded.get(pk, ()), left_on, back_on))
        for pk, left_on, back_on in found
        if pk in clients
    ]
    return Returns(_by_month(first, rows, won), rows, _mismatches(won, rows))


def _by_dates(first: date, today: date) -> list[tuple[int, date, date]]:
    norms = company()
    values: dict[str, Any] = {
        "today": today,
        "clients": None,
        "grace": norms.grace_days,
        "early": norms.early_days,
        "first": first,
        "last": today,
        "zone": settings.TIME_ZONE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RETURNS, values)
        found: list[tuple[int, date, date]] = cursor.fetchall()
    return found


def _recorded(won: Sequence[WinBack], left_on: date, back_on: date) -> WinBack | None:
    """The attempt that says the same: its contract begins that day, or it lay between leaving and coming back."""
    for row in won:
        if (row.contract is not None and row.contract.starts_on == back_on) or left_on < row.opened_on <= back_on:
            return row
    return None


def _by_month(first: date, rows: Sequence[Return], won: Sequence[WinBack]) -> list[Month]:
    by_dates = Counter(row.back_on.replace(day=1) for row in rows)
    recorded: Mapping[date, int] = Counter(localdate(row.closed_at).replace(day=1) for row in won)
    months = [shift_months(first, n) for n in range(MONTHS)]
    return [Month(month, by_dates[month], recorded[month]) for month in months]


def _mismatches(won: Sequence[WinBack], rows: Sequence[Return]) -> list[Mismatch]:
    """Recorded as won, and what it was won with says otherwise."""
    agreed = {row.win_back.pk for row in rows if row.win_back}
    found = []
    for row in won:
        text = _wrong(row, agrees=row.pk in agreed)
        if text:
            found.append(Mismatch(row, text))
    return found


def _wrong(row: WinBack, *, agrees: bool) -> str | Promise:
    order, contract = row.order, row.contract
    if contract is None and order is None:
        return _("nothing that it was won with is linked")
    if contract is None and order is not None and (order.status != OrderStatus.COMPLETED or order.net <= 0):
        return _("the order was cancelled or given back")
    if contract is not None and row.segment == WinBackSegment.REFUSED and not agrees:
        return _("by the dates the contract is no return: a renewal in time, or a first contract")
    return ""
