"""The published CDNOW sample (Fader & Hardie) as completed orders. Only the data file of the package is read."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

from clients.enums import AssignmentReason, OrderStatus
from clients.models import Assignment, Client, Order
from staff.enums import Role
from tests.factories import make_user


def rows() -> list[tuple[str, datetime, Decimal]]:
    spec = find_spec("lifetimes")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "datasets" / "CDNOW_sample.txt"
    lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
    return [
        (line[1], datetime.strptime(line[2], "%Y%m%d").replace(hour=9, tzinfo=UTC), Decimal(line[4])) for line in lines
    ]


def load() -> None:
    purchases = rows()
    names = sorted({name for name, _, _ in purchases})
    rows_of_clients = [Client(external_id=f"cdnow-{name}", name=name) for name in names]
    clients = Client.objects.bulk_create(rows_of_clients)
    owner = make_user(Role.HEAD)
    Assignment.objects.bulk_create(
        [Assignment(client=client, user=owner, reason=AssignmentReason.IMPORT) for client in clients]
    )
    by_name = {client.name: client for client in clients}
    Order.objects.bulk_create(
        [
            Order(
                external_id=f"cdnow-{number}",
                client=by_name[name],
                ordered_at=at,
                completed_at=at,
                status=OrderStatus.COMPLETED,
                amount=amount,
            )
            for number, (name, at, amount) in enumerate(purchases)
        ],
        batch_size=2000,
    )
