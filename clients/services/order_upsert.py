from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clients.enums import Source
from clients.models import Client, Order
from clients.services.orders import OrderData, create_within, write_within
from core.errors import ConflictError
from staff.models import User


@transaction.atomic
def put_order(*, client: Client, data: OrderData, actor: User, now: datetime) -> tuple[Order, bool]:
    """Creates the order of that external id or brings it to ``data``.

    The unique key decides between two at once: the second waits for the first and then changes what it wrote.
    """
    created = create_within(client=client, data=data, actor=actor, now=now, source=Source.API)
    if created is not None:
        return created, True
    present = Order.objects.select_for_update().get(external_id=data.external_id)
    if present.client_id != client.pk:
        raise ConflictError(_("An order with this external id belongs to another client."), code="order_exists")
    order = write_within(client=client, data=data, actor=actor, now=now, order=present, source=Source.API)
    return order, False
