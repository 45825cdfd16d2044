"""Refusals: who could ask, what was lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from clients.models import Client, Contract
from retention.models import ExitInterview, Refusal
from retention.rules.contracts import Agreement, counted_value, monthly_value, spans
from retention.rules.refusals import Interviewer
from staff.enums import Role
from staff.models import Absence, User

CENT = Decimal("0.01")


def interviewers(*, today: date) -> list[Interviewer]:
    """Feedback specialists and heads who are at work today, with the interviews that each has to hold already."""
    away = Absence.objects.filter(user=OuterRef("pk"), starts_on__lte=today, ends_on__gte=today)
    people = User.objects.filter(~Exists(away), is_active=True, roles__overlap=[Role.FEEDBACK, Role.HEAD])
    waiting = (
        ExitInterview.objects.filter(held_at__isnull=True, refusal__withdrawn_at__isnull=True)
        .order_by()
        .values_list("interviewer_id")
        .annotate(Count("pk"))
    )
    loads = dict(waiting)
    return [
        Interviewer(pk, loads.get(pk, 0), is_specialist=Role.FEEDBACK in roles)
        for pk, roles in people.order_by("pk").values_list("pk", "roles")
    ]


def without_interview() -> QuerySet[Refusal]:
    """Standing refusals for which nobody has been asked to find out the real reason."""
    return Refusal.objects.filter(interview__isnull=True, withdrawn_at__isnull=True).order_by("pk")


def lost_value(client: Client, contract: Contract | None, *, day: date) -> Decimal:
    """A month of what goes: of that contract, or else of everything that covers the client on that day."""
    if contract is not None:
        value = monthly_value(amount=Decimal(contract.amount), starts_on=contract.starts_on, ends_on=contract.ends_on)
        return value.quantize(CENT)
    rows = client.contracts.filter(Q(terminated_on__isnull=True) | Q(terminated_on__gte=day), starts_on__lte=day)
    covering = [
        span
        for row in rows.prefetch_related("products")
        for span in spans(_agreement(row), today=day)
        if span.covers(day)
    ]
    return counted_value(covering).quantize(CENT)


def _agreement(contract: Contract) -> Agreement:
    return Agreement(
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
        amount=contract.amount,
        terminated_on=contract.terminated_on,
        signed_on=contract.signed_on,
        prolongation_months=contract.prolongation_months,
        products=frozenset(product.pk for product in contract.products.all()),
    )
