"""Who has come back: by the dates of the contracts, beside what was recorded, and where the two disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.functional import Promise
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext_lazy as _

from retention.enums import WinBackOutcome
from retention.models import Return, Tally, WinBack
from retention.permissions import visible_returns, visible_win_backs
from retention.rules.contracts import shift_months
from staff.models import User
from staff.permissions import in_department

MONTHS = 12
TALLY = "return"
SHOWN = 50
#: The attempt that says the same as a return: its contract begins that day, or it lay between leaving and coming back.
_SAME = """
    w.client_id = r.client_id AND w.outcome = 'won' AND w.closed_at >= %(since)s
        AND (k.starts_on = r.back_on OR (r.left_on < w.opened_on AND w.opened_on <= r.back_on))
"""
_ATTEMPTS = f"""
SELECT r.id, w.id FROM retention_return r CROSS JOIN LATERAL (
    SELECT w.id FROM retention_winback w LEFT JOIN clients_contract k ON k.id = w.contract_id WHERE {_SAME}
    ORDER BY w.closed_at DESC, w.id DESC LIMIT 1
) w WHERE r.id = ANY(%(returns)s)
"""  # noqa: S608 - constants only
#: Won with nothing, with an order that was undone, or with a contract that the dates know as no return.
_WRONG = f"""
SELECT w.id FROM retention_winback w LEFT JOIN clients_order o ON o.id = w.order_id
WHERE w.outcome = 'won' AND w.closed_at >= %(since)s AND CASE
    WHEN w.contract_id IS NULL THEN w.order_id IS NULL OR o.status <> 'completed' OR o.net <= 0
    ELSE w.segment = 'refused' AND NOT EXISTS (
        SELECT FROM retention_return r WHERE r.client_id = w.client_id AND r.back_on >= %(first)s AND w.id = (
            SELECT w.id FROM retention_winback w LEFT JOIN clients_contract k ON k.id = w.contract_id WHERE {_SAME}
            ORDER BY w.closed_at DESC, w.id DESC LIMIT 1)) END
ORDER BY w.closed_at DESC, w.id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Returned:
    """A client whose contract had ended, and who signed another one after the grace."""

    row: Return
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
class Since:
    """The last twelve months, the present one included. Never part of renewals: their month stays a refusal."""

    first: date

    @classmethod
    def of(cls, now: datetime) -> Since:
        return cls(shift_months(localdate(now).replace(day=1), 1 - MONTHS))

    @property
    def values(self) -> dict[str, Any]:
        return {"first": self.first, "since": make_aware(datetime.combine(self.first, time.min))}


def returns(user: User, since: Since) -> QuerySet[Return]:
    return (
        visible_returns(user)
        .filter(back_on__gte=since.first)
        .select_related("client")
        .only("left_on", "back_on", "client__name")
    )


def with_attempts(rows: Sequence[Return], since: Since) -> list[Returned]:
    """Two queries for a page of them."""
    with connection.cursor() as cursor:
        cursor.execute(_ATTEMPTS, {**since.values, "returns": [row.pk for row in rows]})
        found: dict[int, int] = dict(cursor.fetchall())
    attempts = WinBack.objects.select_related("assignee").in_bulk(list(found.values())) if found else {}
    return [Returned(row, attempts.get(found.get(row.pk, 0))) for row in rows]


def months(user: User, since: Since) -> list[Month]:
    """Counted along: by the dates from the tally, won ones by the month in which they were closed."""
    by_dates: Mapping[str, int] = {}
    if in_department(user):
        by_dates = dict(
            Tally.objects.filter(of=TALLY, label__gte=f"{since.first:%Y-%m}").values_list("label", "number")
        )
    won = visible_win_backs(user).filter(outcome=WinBackOutcome.WON, closed_at__gte=since.values["since"])
    recorded = {
        moment.date(): count
        for moment, count in won.order_by().values_list(TruncMonth("closed_at")).annotate(Count("pk"))
    }
    shown = [shift_months(since.first, number) for number in range(MONTHS)]
    return [Month(month, by_dates.get(f"{month:%Y-%m}", 0), recorded.get(month, 0)) for month in shown]


def mismatches(user: User, since: Since) -> list[Mismatch]:
    """Recorded as won, and what it was won with says otherwise; the latest of them."""
    with connection.cursor() as cursor:
        cursor.execute(_WRONG, {**since.values, "limit": SHOWN})
        found = [number for (number,) in cursor.fetchall()]
    if not found:
        return []
    rows = visible_win_backs(user).filter(pk__in=found).select_related("client", "contract", "order")
    return [Mismatch(row, _wrong(row)) for row in rows.order_by("-closed_at", "-pk")]


def _wrong(row: WinBack) -> str | Promise:
    if row.contract is not None:
        return _("by the dates the contract is no return: a renewal in time, or a first contract")
    if row.order is not None:
        return _("the order was cancelled or given back")
    return _("nothing that it was won with is linked")
