"""An advertising system tells that a campaign stopped, and that it goes on."""

from __future__ import annotations

from typing import ClassVar

from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.outputs import StopOut
from api.people import actor_of
from api.schema import errors
from api.serializers import ResumeIn, StopIn
from clients.enums import Source
from clients.permissions import visible_clients
from clients.services.handoffs import digest_of
from core.errors import DomainError, ForbiddenError
from retention.enums import StopKind, StopReason
from retention.models import Freeze
from retention.permissions import visible_freezes
from retention.services.freezes import StopData, record_stop, resume_client
from staff.enums import Scope
from staff.models import User
from staff.permissions import in_department


class StopsView(APIView):
    required_scopes: ClassVar = {"POST": Scope.STOPS_WRITE}

    @extend_schema(
        operation_id="stops_create",
        summary="A client's campaign or project has stopped",
        request=StopIn,
        responses={201: StopOut, 200: StopOut, **errors(400, 403, 409, 413, 415, 422)},
    )
    def post(self, request: Request) -> Response:
        """The owner is asked to call the same day. The same body again answers 200 with the first answer."""
        actor = _writer(request)
        body = StopIn(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        client = visible_clients(actor).filter(external_id=values["client_external_id"]).first()
        if client is None:
            text = _("There is nothing with this external id.")
            raise DomainError(text, code="invalid", fields={"client_external_id": [text]})
        data = StopData(
            external_id=values["external_id"],
            kind=StopKind(values["kind"]),
            stopped_on=values["stopped_on"],
            reason=StopReason(values["reason"]),
            words=values["words"],
            expected_end=values["expected_end"],
        )
        digest = digest_of(request.data)
        told = record_stop(client=client, data=data, actor=actor, now=now(), source=Source.API, digest=digest)
        return Response(StopOut(told.freeze).data, status=201 if told.created else 200)


class StopView(APIView):
    required_scopes: ClassVar = {"GET": Scope.STOPS_WRITE}

    @extend_schema(operation_id="stops_read", summary="State of a stop", responses={200: StopOut, **errors(403, 404)})
    def get(self, request: Request, pk: int) -> Response:
        return Response(StopOut(_find(_writer(request), pk)).data)


class ResumeView(APIView):
    required_scopes: ClassVar = {"POST": Scope.STOPS_WRITE, "PUT": Scope.STOPS_WRITE}

    @extend_schema(
        operation_id="stops_resume",
        summary="The client goes on; said twice it changes nothing",
        request=ResumeIn,
        responses={200: StopOut, **errors(400, 403, 404, 409, 413, 415)},
    )
    def post(self, request: Request, pk: int) -> Response:
        return self._resume(request, pk)

    @extend_schema(
        operation_id="stops_resume_put",
        summary="The client goes on; said twice it changes nothing",
        request=ResumeIn,
        responses={200: StopOut, **errors(400, 403, 404, 409, 413, 415)},
    )
    def put(self, request: Request, pk: int) -> Response:
        return self._resume(request, pk)

    def _resume(self, request: Request, pk: int) -> Response:
        actor = _writer(request)
        freeze = _find(actor, pk)
        body = ResumeIn(data=request.data)
        body.is_valid(raise_exception=True)
        moment = now()
        day = body.validated_data["resumed_on"] or localdate(moment)
        return Response(StopOut(resume_client(freeze=freeze, resumed_on=day, actor=actor, now=moment)).data)


def _writer(request: Request) -> User:
    actor = actor_of(request)
    if not in_department(actor):
        raise ForbiddenError(_("Only the department tells of stops."))
    return actor


def _find(actor: User, pk: int) -> Freeze:
    return get_object_or_404(visible_freezes(actor).select_related("client"), pk=pk)
