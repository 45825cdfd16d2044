"""From new to regular (row B46), with the day of each step: a column of the client's own row, no query of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db.models import DateTimeField, IntegerField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.timezone import localdate

from clients.metrics import ACTIVE_FROM
from clients.models import Client
from retention.enums import Lifecycle
from retention.rules.lifecycle import steps

Row = TypeVar("Row")

#: The first orders that stand, as many as make a client regular, and never fewer than make him active.
_FIRST_ORDERS = f"""
ARRAY(SELECT o.ordered_at FROM clients_order o
      WHERE o.client_id = clients_client.id AND o.status = 'completed' AND o.net > 0
      ORDER BY o.ordered_at, o.id LIMIT (SELECT GREATEST(max(regular_orders), {ACTIVE_FROM}) FROM core_company))
"""  # noqa: S608 - constants only
_REGULAR_FROM = "(SELECT max(regular_orders) FROM core_company)"


def with_lifecycle(clients: QuerySet[Client, Row]) -> QuerySet[Client, Row]:
    """``first_orders``: moments, at most as many as are asked for; ``regular_from``: how many make a client regular."""
    return clients.annotate(
        first_orders=RawSQL(_FIRST_ORDERS, [], output_field=ArrayField(DateTimeField())),  # noqa: S611
        regular_from=RawSQL(_REGULAR_FROM, [], output_field=IntegerField()),  # noqa: S611
    )


def lifecycle_of(first_orders: Sequence[datetime], regular_from: int) -> list[tuple[Lifecycle, date]]:
    """Every step that the client has made with its day, the present one last; nothing before the first order."""
    return [(stage, localdate(at)) for stage, at in steps(first_orders, regular_from=regular_from)]
