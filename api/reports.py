"""Figures for other programs: the same functions that the pages call."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from django.utils.http import urlencode
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.people import actor_of
from api.schema import errors
from clients.permissions import visible_clients
from core.figures import Figure, Number, Question
from reports import queries, services
from reports.forms import CohortForm, FiguresForm, QuestionForm, WhoForm
from reports.permissions import visible_segment
from reports.registry import FIGURES
from staff.enums import Scope

Form = TypeVar("Form", bound=QuestionForm)
PERIOD = [OpenApiParameter("from", str, required=True), OpenApiParameter("to", str, required=True)]
FILTERS = [OpenApiParameter(name, str) for name in ("as_of", "manager", "tier", "industry", "region", "product")]
FigureOut = inline_serializer(
    "Figure",
    {
        "value": serializers.FloatField(allow_null=True),
        "numerator": serializers.FloatField(),
        "denominator": serializers.FloatField(),
        "pending": serializers.IntegerField(),
        "excluded": serializers.DictField(child=serializers.IntegerField()),
        "matured": serializers.BooleanField(),
        "unit": serializers.CharField(),
        "bounds": serializers.ListField(child=serializers.FloatField(), required=False),
    },
)
KpiOut = inline_serializer(
    "Kpi",
    {
        "from": serializers.DateField(),
        "to": serializers.DateField(),
        "as_of": serializers.DateTimeField(),
        "metrics": serializers.DictField(child=FigureOut),
    },
)
CohortOut = inline_serializer(
    "Cohort",
    {
        "cohort": serializers.CharField(),
        "size": serializers.IntegerField(),
        "active": serializers.ListField(child=serializers.IntegerField(allow_null=True)),
    },
    many=True,
)
CohortsOut = inline_serializer("Cohorts", {"rows": CohortOut})
BehindOut = inline_serializer(
    "Behind",
    {
        "id": serializers.IntegerField(),
        "external_id": serializers.CharField(),
        "name": serializers.CharField(),
        "amount": serializers.DecimalField(max_digits=20, decimal_places=2),
        "events": serializers.IntegerField(),
    },
    many=True,
)
PageOut = inline_serializer(
    "BehindPage",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": BehindOut,
    },
)


class KpiView(APIView):
    required_scopes: ClassVar = {"GET": Scope.REPORTS_READ}

    @extend_schema(
        operation_id="reports_kpi",
        summary="Every figure of a period",
        parameters=[*PERIOD, *FILTERS, OpenApiParameter("keys", str, description="Figures by name, with commas.")],
        responses={200: KpiOut, **errors(400, 403)},
    )
    def get(self, request: Request) -> Response:
        form, asked = _asked(request, FiguresForm)
        [answer] = queries.figures(asked, keys=form.cleaned_data["keys"])
        return Response(
            {
                **_frame(form, asked),
                "metrics": {key: _figure(figure) for key, figure in answer.items()},
            }
        )


class CohortsView(APIView):
    required_scopes: ClassVar = {"GET": Scope.REPORTS_READ}

    @extend_schema(
        operation_id="reports_cohorts",
        summary="Who of each month's newcomers was there in the months after",
        parameters=[OpenApiParameter("basis", str, enum=["orders", "contracts"]), *PERIOD, *FILTERS],
        responses={200: CohortsOut, **errors(400, 403)},
    )
    def get(self, request: Request) -> Response:
        form, asked = _asked(request, CohortForm)
        rows = queries.cohorts(asked, basis=form.cleaned_data["basis"] or "orders")
        return Response(
            {
                **_frame(form, asked),
                "rows": [{"cohort": f"{row.month:%Y-%m}", "size": row.size, "active": row.active} for row in rows],
            }
        )


class BehindView(APIView):
    required_scopes: ClassVar = {"GET": Scope.REPORTS_READ}

    @extend_schema(
        operation_id="reports_kpi_clients",
        summary="Who is behind a number",
        parameters=[
            *PERIOD,
            OpenApiParameter("side", str, enum=["numerator", "denominator"]),
            *FILTERS,
            OpenApiParameter("after", int),
            OpenApiParameter("before", int),
        ],
        responses={200: PageOut, **errors(400, 403, 404)},
    )
    def get(self, request: Request, metric: str) -> Response:
        if metric not in FIGURES:
            raise NotFound(_("There is no such figure."))
        form, asked = _asked(request, WhoForm)
        side = getattr(FIGURES[metric], form.cleaned_data["side"] or "denominator")
        if side is None:
            return Response({"next": None, "previous": None, "results": []})
        page = queries.behind(asked, side, after=form.cleaned_data["after"], before=form.cleaned_data["before"])
        clients = visible_clients(actor_of(request)).in_bulk([row.client_id for row in page.rows])
        results = [
            {
                "id": row.client_id,
                "external_id": clients[row.client_id].external_id,
                "name": clients[row.client_id].name,
                "amount": f"{row.amount:.2f}",
                "events": row.events,
            }
            for row in page.rows
            if row.client_id in clients
        ]
        return Response(
            {
                "next": _link(request, after=page.after),
                "previous": _link(request, before=page.before),
                "results": results,
            }
        )


def _asked(request: Request, form_class: type[Form]) -> tuple[Form, Question]:
    form = form_class(request.query_params.dict())
    if not form.is_valid():
        raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
    segment = visible_segment(actor_of(request), form.segment)
    services.catch_up(now=now())
    return form, queries.question(form.period, as_of=form.cleaned_data["as_of"], segment=segment)


def _frame(form: QuestionForm, asked: Question) -> dict[str, Any]:
    return {
        "from": form.period.start.isoformat(),
        "to": form.period.end.isoformat(),
        "as_of": localtime(asked.moment).isoformat(),
    }


def _number(value: Number | None) -> float | int:
    """JSON numbers as they are; whole ones without a point."""
    if value is None:
        return 0
    exact = Decimal(value)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _figure(figure: Figure) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "value": figure.value,
        "numerator": _number(figure.numerator),
        "denominator": _number(figure.denominator),
        "pending": figure.pending,
        "excluded": dict(figure.excluded),
        "matured": figure.matured,
        "unit": figure.unit.value,
        **figure.extras,
    }
    if figure.bounds:
        answer["bounds"] = list(figure.bounds)
    return answer


def _link(request: Request, **position: int | None) -> str | None:
    [(name, value)] = position.items()
    if value is None:
        return None
    params = {key: str(text) for key, text in request.query_params.items() if key not in {"after", "before"}}
    return request.build_absolute_uri(f"{request.path}?{urlencode({**params, name: str(value)})}")
