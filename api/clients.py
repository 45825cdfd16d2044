from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.outputs import ClientOut, ClientRowOut
from api.pagination import Pages
from api.people import actor_of
from api.schema import errors
from api.serializers import ClientFilterIn
from clients.models import Assignment, Client, Contact
from clients.permissions import visible_clients
from clients.queries.search import find
from staff.enums import Scope
from staff.models import User


class ClientsView(GenericAPIView[Client]):
    required_scopes: ClassVar = {"GET": Scope.CLIENTS_READ}
    pagination_class = Pages
    serializer_class = ClientRowOut

    @extend_schema(
        operation_id="clients_list",
        summary="Clients that this person sees",
        parameters=[ClientFilterIn, OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses={200: ClientRowOut(many=True), **errors(400, 403)},
    )
    def get(self, request: Request) -> Response:
        wanted = ClientFilterIn(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        rows = _filtered(_rows(actor_of(request)), wanted.validated_data)
        return self.get_paginated_response(ClientRowOut(self.paginate_queryset(rows), many=True).data)


class ClientView(APIView):
    required_scopes: ClassVar = {"GET": Scope.CLIENTS_READ}

    @extend_schema(
        operation_id="clients_read",
        summary="One client with contacts and contracts",
        responses={200: ClientOut, **errors(403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        people = Prefetch("contacts", Contact.objects.filter(archived_at=None).prefetch_related("phones"))
        rows = _rows(actor_of(request)).prefetch_related(people, "contracts__products")
        return Response(ClientOut(get_object_or_404(rows, pk=pk)).data)


def _rows(user: User) -> QuerySet[Client]:
    owners = Prefetch(
        "assignments", Assignment.objects.filter(ended_at=None).select_related("user"), to_attr="open_assignments"
    )
    return visible_clients(user).select_related("industry", "region", "parent").prefetch_related(owners)


def _filtered(rows: QuerySet[Client], wanted: dict[str, Any]) -> QuerySet[Client]:
    same = {
        "tier": wanted["tier"],
        "kind": wanted["kind"],
        "external_id": wanted["external_id"],
        "industry__name": wanted["industry"],
        "region__name": wanted["region"],
    }
    rows = rows.filter(
        archived_at__isnull=not wanted["archived"], **{name: value for name, value in same.items() if value}
    )
    if wanted["search"]:
        hits = find(wanted["search"])
        rows = rows.filter(hits.condition) if hits is not None else rows.none()
    if wanted["owner"]:
        rows = rows.filter(assignments__ended_at=None, assignments__user__username=wanted["owner"])
    return rows
