"""Who has come back: by the dates of the contracts, beside what was recorded, and where the two disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext_lazy as _

from retention.models import Return, Tally
from retention.permissions import visible_mismatches, visible_returns
from retention.rules.contracts import shift_months
from staff.models import User
from staff.permissions import in_department

MONTHS = 12
RETURNED, WON = "return", "won"  # of tallies
MOST = 50
#: The attempt that says the same as the return ``r``: its contract begins that day, or it lay between leaving and coming
#: back; the latest of them.
ATTEMPT = """
    SELECT w.id, w.assignee_id FROM retention_winback w LEFT JOIN clients_contract k ON k.id = w.contract_id
    WHERE w.client_id = r.client_id AND w.outcome = 'won'
        AND (k.starts_on = r.back_on OR (r.left_on < w.opened_on AND w.opened_on <= r.back_on))
    ORDER BY w.closed_at DESC, w.id DESC LIMIT 1
"""
_ATTEMPTS = f"""
SELECT r.id, w.id, COALESCE(NULLIF(u.name, ''), u.username) FROM retention_return r CROSS JOIN LATERAL ({ATTEMPT}) w
JOIN staff_user u ON u.id = w.assignee_id WHERE r.id = ANY(%(returns)s)
"""  # noqa: S608 - constants only


class Returned(NamedTuple):
    """A client whose contract had ended, and who signed another one after the grace."""

    id: int
    client_id: int
    client: str
    left_on: date
    back_on: date
    win_back: int | None = None  # the attempt that was recorded as won with a contract of that day, or about then
    assignee: str = ""


#: The columns of ``Returned`` that a return has itself.
SHOWN = ("id", "client_id", "client__name", "left_on", "back_on")


@dataclass(frozen=True, slots=True)
class Month:
    month: date
    by_dates: int
    recorded: int


class Wrong(NamedTuple):
    """All that a line about a mismatch shows."""

    win_back: int
    client: str
    closed_at: datetime
    won_with: str

    @property
    def text(self) -> str | Promise:
        return _WRONG[self.won_with]


_WRONG = {
    "contract": _("by the dates the contract is no return: a renewal in time, or a first contract"),
    "order": _("the order was cancelled or given back"),
    "": _("nothing that it was won with is linked"),
}


@dataclass(frozen=True, slots=True)
class Since:
    """The last twelve months, the present one included. Never part of renewals: their month stays a refusal."""

    first: date

    @classmethod
    def of(cls, now: datetime) -> Since:
        return cls(shift_months(localdate(now).replace(day=1), 1 - MONTHS))

    @property
    def moment(self) -> datetime:
        return make_aware(datetime.combine(self.first, time.min))


def returns(user: User, since: Since) -> QuerySet[Return, Any]:
    return visible_returns(user).filter(back_on__gte=since.first).values_list(*SHOWN, named=True)


def with_attempts(rows: Sequence[Any]) -> list[Returned]:
    """One query for a page of them."""
    with connection.cursor() as cursor:
        cursor.execute(_ATTEMPTS, {"returns": [row.id for row in rows]})
        found = {number: (win_back, assignee) for number, win_back, assignee in cursor.fetchall()}
    return [Returned(*row, *found.get(row.id, ())) for row in rows]


def months(user: User, since: Since) -> list[Month]:
    """Counted along: returns by their day, won attempts by the month in which they were closed."""
    counted: dict[tuple[str, str], int] = {}
    if in_department(user):
        tallies = Tally.objects.filter(of__in=[RETURNED, WON], label__gte=f"{since.first:%Y-%m}")
        counted = {(of, label): number for of, label, number in tallies.values_list("of", "label", "number")}
    shown = [shift_months(since.first, number) for number in range(MONTHS)]
    return [
        Month(month, counted.get((RETURNED, f"{month:%Y-%m}"), 0), counted.get((WON, f"{month:%Y-%m}"), 0))
        for month in shown
    ]


def mismatches(user: User, since: Since) -> list[Wrong]:
    """The latest of them."""
    rows = visible_mismatches(user).filter(closed_at__gte=since.moment).order_by("-closed_at", "-win_back_id")
    return [Wrong(*row) for row in rows.values_list("win_back_id", "client__name", "closed_at", "won_with")[:MOST]]
