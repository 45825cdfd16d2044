from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.outputs import ClientKeyOut, ContractKeyOut, OwnerOut
from api.pagination import Pages
from api.people import actor_of
from api.schema import errors
from core.enums import Tier
from retention.enums import Likelihood, RenewalOutcome, RenewalStage
from retention.models import Renewal
from retention.permissions import visible_renewals
from retention.queries.renewals.listing import RenewalFilter, renewals, with_names
from staff.enums import Scope

_WORDS = ["", *Likelihood.values]


class RenewalOut(serializers.Serializer[Renewal]):
    """``turn`` counts the ends of a contract that prolongs itself; ``outcome`` is empty while it is open."""

    id = serializers.IntegerField()
    client = ClientKeyOut()
    contract = ContractKeyOut()
    turn = serializers.IntegerField()
    due_on = serializers.DateField()
    monthly_value = serializers.DecimalField(max_digits=16, decimal_places=2)
    owner = OwnerOut(source="client.standing.owner", allow_null=True)
    stage = serializers.ChoiceField(choices=RenewalStage.values)
    signal = serializers.ChoiceField(choices=_WORDS)
    points = serializers.IntegerField()
    signs = serializers.ListField(child=serializers.CharField())
    opinion = serializers.ChoiceField(choices=_WORDS)
    verdict = serializers.ChoiceField(choices=_WORDS)
    postponed_until = serializers.DateField(allow_null=True)
    outcome = serializers.ChoiceField(choices=["", *RenewalOutcome.values])
    next_contract = ContractKeyOut(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class RenewalFilterIn(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["open", "closed", *RenewalOutcome.values], default="open")
    tier = serializers.ChoiceField(choices=["", *Tier.values], default="")
    stage = serializers.ChoiceField(choices=["", *RenewalStage.values], default="")
    signal = serializers.ChoiceField(choices=_WORDS, default="")


class RenewalsView(GenericAPIView[Renewal]):
    required_scopes: ClassVar = {"GET": Scope.CLIENTS_READ}
    pagination_class = Pages
    serializer_class = RenewalOut

    @extend_schema(
        operation_id="renewals_list",
        summary="Renewals of contracts",
        parameters=[RenewalFilterIn, OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses={200: RenewalOut(many=True), **errors(400, 403)},
    )
    def get(self, request: Request) -> Response:
        wanted = RenewalFilterIn(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        found = renewals(actor_of(request), RenewalFilter(**wanted.validated_data), today=localdate())
        rows = self.paginate_queryset(with_names(found))
        return self.get_paginated_response(RenewalOut(rows, many=True).data)  # type: ignore[arg-type]  # one per row


class RenewalView(APIView):
    required_scopes: ClassVar = {"GET": Scope.CLIENTS_READ}

    @extend_schema(operation_id="renewals_read", summary="One renewal", responses={200: RenewalOut, **errors(403, 404)})
    def get(self, request: Request, pk: int) -> Response:
        rows = with_names(visible_renewals(actor_of(request)))
        return Response(RenewalOut(get_object_or_404(rows, pk=pk)).data)
