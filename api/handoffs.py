"""Sales programs hand clients off here, and managers' programs answer."""

from __future__ import annotations

from typing import ClassVar

from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.outputs import HandoffOut, OfferedOut
from api.people import actor_of
from api.reading import read, show
from api.schema import errors
from api.serializers import HandoffIn, ReturnIn
from clients.enums import Source
from clients.models import Handoff
from clients.permissions import visible_handoffs
from clients.services.handoffs import accept_handoff, build_handoff, digest_of, offer_handoff, return_handoff
from core.errors import ForbiddenError
from staff.enums import Scope
from staff.permissions import sells


class HandoffsView(APIView):
    required_scopes: ClassVar = {"POST": Scope.HANDOFFS_WRITE}

    @extend_schema(
        operation_id="handoffs_create",
        summary="Hand a signed client over to the department",
        request=HandoffIn,
        responses={201: OfferedOut, 200: OfferedOut, **errors(400, 403, 413, 415, 422)},
    )
    def post(self, request: Request) -> Response:
        actor = actor_of(request)
        if not sells(actor):
            raise ForbiddenError(_("Only people who sell hand clients off."))
        body = read(HandoffIn, request.data)
        offered = offer_handoff(
            data=build_handoff(body),
            digest=digest_of(request.data),
            actor=actor,
            now=now(),
            origin=Source.API,
            payload=request.data,
        )
        return Response({"id": offered.handoff.pk, **offered.handoff.answer}, status=201 if offered.created else 200)


class HandoffView(APIView):
    required_scopes: ClassVar = {"GET": Scope.HANDOFFS_WRITE}

    @extend_schema(
        operation_id="handoffs_read",
        summary="State of a hand-off",
        responses={200: HandoffOut, **errors(403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(show(HandoffOut, _find(request, pk)))


class AcceptView(APIView):
    required_scopes: ClassVar = {"POST": Scope.HANDOFFS_WRITE}

    @extend_schema(
        operation_id="handoffs_accept",
        summary="Accept, as the manager who was asked",
        request=None,
        responses={200: HandoffOut, **errors(400, 403, 404, 409, 413, 415)},
    )
    def post(self, request: Request, pk: int) -> Response:
        handoff = _find(request, pk)
        accept_handoff(handoff=handoff, actor=actor_of(request), now=now())
        return Response(show(HandoffOut, _find(request, pk)))


class ReturnView(APIView):
    required_scopes: ClassVar = {"POST": Scope.HANDOFFS_WRITE}

    @extend_schema(
        operation_id="handoffs_return",
        summary="Return to sales with a reason",
        request=ReturnIn,
        responses={200: HandoffOut, **errors(400, 403, 404, 409, 413, 415)},
    )
    def post(self, request: Request, pk: int) -> Response:
        handoff = _find(request, pk)
        body = read(ReturnIn, request.data)
        return_handoff(handoff=handoff, **body, actor=actor_of(request), now=now())
        return Response(show(HandoffOut, _find(request, pk)))


def _find(request: Request, pk: int) -> Handoff:
    rows = visible_handoffs(actor_of(request)).select_related("client", "contract", "proposed_owner", "salesperson")
    return get_object_or_404(rows, pk=pk)
