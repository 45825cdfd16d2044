"""The department of the worked example, in rows: Moscow, seen from 2026-04-15."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from clients.enums import OrderStatus
from clients.models import Client, Contract, Order
from core.figures import Figure, Period
from feedback.enums import Scale
from feedback.models import SurveyResponse
from reports import queries
from retention.rules.contracts import monthly_value
from staff.enums import Role
from tests.factories import make_client, make_user

MOSCOW = ZoneInfo("Europe/Moscow")
TODAY = date(2026, 4, 15)

CONTRACTS = {
    "A": [("2025-01-01", "2025-12-31", 100), ("2026-01-01", "2026-12-31", 120)],
    "B": [("2025-01-01", "2025-12-31", 100), ("2026-01-21", "2027-01-20", 80)],
    "C": [("2025-01-01", "2025-12-31", 100)],
    "D": [("2025-01-01", "2025-12-31", 100), ("2026-02-15", "2027-02-14", 100)],
    "E": [("2025-01-01", "2026-03-31", 200)],
    "F": [("2025-01-01", "2025-12-31", 50), ("2025-12-01", "2026-11-30", 50)],
    "G": [("2026-01-05", "2026-01-19", 30)],
    "H": [("2026-01-10", "2027-01-09", 70)],
    "I": [("2024-06-01", "2027-05-31", 500)],
    "J": [("2025-03-01", "2026-02-28", 100)],
    "K": [],
}
TERMINATED = {"J": date(2025, 11, 14)}
DONE, CANCELLED = OrderStatus.COMPLETED, OrderStatus.CANCELLED
ORDERS = [
    ("A", "2026-01-05 12:00", 1000, DONE, 0, None),
    ("A", "2026-01-20 12:00", 3000, DONE, 1000, "2026-02-10"),
    ("A", "2026-02-01 00:30", 500, DONE, 0, None),
    ("B", "2026-01-10 12:00", 2000, CANCELLED, 0, None),
    ("C", "2026-01-15 12:00", 4000, DONE, 4000, None),
    ("D", "2026-01-31 12:00", 800, DONE, 0, None),
    ("H", "2026-01-12 09:00", 1200, DONE, 0, None),
    ("H", "2026-01-12 17:00", 800, DONE, 0, None),
]
NPS = [10, 9, 9, 8, 7, 6, 3, 0, 10, 10]


def moscow(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


def amount_for(monthly: int, starts: date, ends: date) -> Decimal:
    """The amount of a contract that is worth this much a month; exact when the term is whole months."""
    per_rouble = monthly_value(amount=Decimal(1), starts_on=starts, ends_on=ends)
    return (monthly / per_rouble).quantize(Decimal("0.01"))


def build() -> dict[str, Client]:
    owner = make_user(Role.AM)
    clients = {letter: make_client(owner, name=letter) for letter in CONTRACTS}
    for letter, terms in CONTRACTS.items():
        for first, last, monthly in terms:
            starts, ends = date.fromisoformat(first), date.fromisoformat(last)
            Contract.objects.create(
                client=clients[letter],
                signed_on=starts,
                starts_on=starts,
                ends_on=ends,
                amount=amount_for(monthly, starts, ends),
                terminated_on=TERMINATED.get(letter),
            )
    for letter, at, amount, status, refunded, on in ORDERS:
        Order.objects.create(
            client=clients[letter],
            ordered_at=moscow(at),
            completed_at=moscow(at) if status == DONE else None,
            status=status,
            amount=amount,
            refunded_amount=refunded,
            refunded_on=on,
        )
    letters = list(clients)
    for letter, score in zip(letters, NPS, strict=False):
        SurveyResponse.objects.create(
            client=clients[letter], scale=Scale.NPS, score=score, answered_at=moscow("2026-03-10 12:00")
        )
    return clients


def ask(first: str, end: str, as_of: date = TODAY) -> dict[str, Figure]:
    period = Period(date.fromisoformat(first), date.fromisoformat(end))
    [answer] = queries.figures(queries.question(period, as_of=as_of))
    return answer
