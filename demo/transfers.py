"""Clients that changed hands: when a manager came to the department, and lately."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from clients.models import Client
from clients.services import transfer_client
from staff.models import User

#: From whom to whom, how many days ago, how many clients, and why. Of the latest the 90 days after are not over yet.
MOVES = (
    ("ilya", "timur", 160, 6, "Тимур пришёл в отдел: берёт часть клиентов Ильи"),
    ("maria", "vera", 130, 4, "Вера ведёт клиентов своей отрасли"),
    ("anna", "gleb", 40, 3, "Нагрузка Анны выше остальных"),
)


def make_transfers(*, users: Mapping[str, User], now: datetime) -> None:
    """Of clients who were buying then, so that there is something to compare before and after."""
    for giver, taker, ago, count, note in MOVES:
        day = now - timedelta(days=ago)
        buying = (
            Client.objects.filter(
                assignments__user=users[giver],
                assignments__ended_at__isnull=True,
                orders__ordered_at__gte=day - timedelta(days=60),
                orders__ordered_at__lt=day,
            )
            .distinct()
            .order_by("external_id")
        )
        for client in buying[:count]:
            transfer_client(client=client, user=users[taker], note=note, actor=users["olga"], now=day)
