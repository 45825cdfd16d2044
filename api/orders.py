from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.timezone import now
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.outputs import OrderOut
from api.people import actor_of
from api.reading import read, show
from api.schema import errors
from api.serializers import OrderIn, OrderKeyIn
from clients.enums import OrderStatus
from clients.models import Client, Contract, Order, Product
from clients.permissions import visible_client
from clients.services import OrderData
from clients.services.handoffs import products_named
from clients.services.order_upsert import put_order
from core.errors import DomainError, ForbiddenError
from staff.enums import Scope
from staff.permissions import in_department


class OrderView(APIView):
    required_scopes: ClassVar = {"PUT": Scope.ORDERS_WRITE}

    @extend_schema(
        operation_id="orders_put",
        summary="Create an order or bring it up to date",
        parameters=[OpenApiParameter("external_id", str, OpenApiParameter.PATH)],
        request=OrderIn,
        responses={200: OrderOut, 201: OrderOut, **errors(400, 403, 404, 409, 413, 415)},
    )
    def put(self, request: Request, external_id: str) -> Response:
        actor = actor_of(request)
        if not in_department(actor):
            raise ForbiddenError(_("Only the department writes orders."))
        key = read(OrderKeyIn, {"external_id": external_id})
        body = read(OrderIn, request.data)
        if body["external_id"] not in {"", key["external_id"]}:
            raise _another_key()
        client = visible_client(actor, body["client_external_id"])
        if client is None:
            raise _unknown("client_external_id")
        data = _order_data(key["external_id"], client, body)
        order, created = put_order(client=client, data=data, actor=actor, now=now())
        _know(order, client=client, products=data.products)
        return Response(show(OrderOut, order), status=201 if created else 200)


def _know(order: Order, *, client: Client, products: Sequence[Product]) -> None:
    """The answer shows what was just written: nothing of it has to be read again."""
    order.client = client
    order._prefetched_objects_cache = {"products": products}  # type: ignore[attr-defined]


def _order_data(external_id: str, client: Client, values: dict[str, Any]) -> OrderData:
    contract_id = values["contract_external_id"]
    return OrderData(
        external_id=external_id,
        ordered_at=values["ordered_at"],
        completed_at=values["completed_at"],
        status=OrderStatus(values["status"]),
        amount=values["amount"],
        refunded_amount=values["refunded_amount"] or Decimal(0),
        refunded_on=values["refunded_on"],
        cost=values["cost"],
        products=products_named(values["product_codes"], field="product_codes"),
        contract=_contract(client, contract_id) if contract_id else None,
    )


def _contract(client: Client, external_id: str) -> Contract:
    found = next(iter(Contract.objects.filter(client=client, external_id=external_id).order_by()), None)
    if found is None:
        raise _unknown("contract_external_id")
    return found


def _another_key() -> DomainError:
    text = _("The body names another order than the address.")
    return DomainError(text, code="invalid", fields={"external_id": [text]})


def _unknown(field: str) -> DomainError:
    text = _("There is nothing with this external id.")
    return DomainError(text, code="invalid", fields={field: [text]})
