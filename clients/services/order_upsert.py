from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clients.enums import Source
from clients.models import Client, Order
from clients.services.orders import OrderData, write_within
from core.errors import ConflictError
from core.locks import lock_keys
from staff.models import User


@transaction.atomic
def put_order(*, client: Client, data: OrderData, actor: User, now: datetime) -> tuple[Order, bool]:
    """Creates the order of that external id or brings it to ``data``; two at once wait for each other."""
    lock_keys([f"order:{data.external_id}"])
    present = next(iter(Order.objects.filter(external_id=data.external_id).order_by()), None)
    if present is not None and present.client_id != client.pk:
        raise ConflictError(_("An order with this external id belongs to another client."), code="order_exists")
    order = write_within(client=client, data=data, actor=actor, now=now, order=present, source=Source.API)
    return order, present is None
