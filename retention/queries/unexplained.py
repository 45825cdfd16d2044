"""Contracts that by their dates were refused while nobody recorded a refusal: «Отказ без причины»."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import BooleanField, DateField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, NullIf

from clients.models import Contract
from core.queries import company
from retention.models import Refusal, Unexplained
from retention.permissions import visible_unexplained
from staff.models import User
from staff.queries import name_at

#: A refusal of the client as a whole, said so long before a contract's end, explains that end too.
SAID_BEFORE_DAYS = 120

#: The last covered day: a contract that prolongs itself ends only when it is terminated.
_END = """CASE WHEN coalesce({t}.prolongation_months, 0) > 0 AND {t}.ends_on IS NOT NULL
    THEN {t}.terminated_on ELSE {t}.ends END"""
END = _END.format(t="clients_contract")
_OTHER_END = f"coalesce({_END.format(t='o')}, DATE '9999-12-30')"
_PRODUCTS = "ARRAY(SELECT p.product_id FROM clients_contract_products p WHERE p.contract_id = {t}.id)"
_IN_LINE = (
    f"({_PRODUCTS.format(t='clients_contract')} = '{{}}' OR {_PRODUCTS.format(t='o')} = '{{}}'"
    f" OR {_PRODUCTS.format(t='clients_contract')} && {_PRODUCTS.format(t='o')})"
)
#: Followed in time, replaced mid-term, or inside another one: the same words as ``retention.metrics.statements``.
_ANSWERED = f"""EXISTS (
    SELECT FROM clients_contract o WHERE o.client_id = clients_contract.client_id AND o.id <> clients_contract.id
      AND ((o.starts_on > clients_contract.starts_on AND {_OTHER_END} > {END} AND o.starts_on <= {END} + 1 + %s
            AND o.signed_on <= {END} + %s)
        OR (o.starts_on <= clients_contract.starts_on AND {_OTHER_END} >= {END}
            AND (o.starts_on < clients_contract.starts_on OR {_OTHER_END} > {END} OR o.id > clients_contract.id)))
      AND {_IN_LINE})"""


def unexplained_contracts(*, ended_since: date, today: date) -> QuerySet[Contract]:
    """Ended on that day or later, grace over, nothing followed, no reason recorded. ``end`` is the last covered day."""
    last = _last_end(today)
    rows = Contract.objects.filter(
        Q(ends__range=(ended_since, last)) | Q(prolongation_months__gt=0, terminated_on__range=(ended_since, last))
    )
    return _left_open(rows).filter(end__range=(ended_since, last)).order_by("-end", "-id")


def _last_end(today: date) -> date:
    return today - timedelta(days=company().grace_days + 1)


def unexplained_of(clients: Sequence[int]) -> QuerySet[Any]:
    """The same of some clients whenever their contracts end: what the sweep ``keep_leaving`` keeps."""
    return _left_open(Contract.objects.filter(client__in=list(clients))).filter(end__isnull=False)


class OpenEnd(NamedTuple):
    """All that a line of the kept list shows."""

    contract_id: int
    client_id: int
    client: str
    contract: str
    ended_on: date
    owner: str | None
    amount: Decimal


def kept_unexplained(user: User, *, ended_since: date, today: date) -> QuerySet[Unexplained]:
    """The list as it was kept, the latest end first."""
    rows = visible_unexplained(user).filter(ended_on__range=(ended_since, _last_end(today)))
    return rows.order_by("-ended_on", "-contract_id")


def lines(rows: QuerySet[Unexplained]) -> QuerySet[Unexplained, Any]:
    """What ``OpenEnd`` is made of."""
    number = Coalesce(NullIf("contract__number", Value("")), "contract__external_id")
    named = rows.annotate(agreement=number, owner=name_at("client__standing__owner"))
    shown = ("contract_id", "client_id", "client__name", "agreement", "ended_on", "owner", "contract__amount")
    return named.values_list(*shown, named=True)


def _left_open(rows: QuerySet[Contract]) -> QuerySet[Any]:
    """Of these contracts those that nothing followed and nobody explained."""
    grace = company().grace_days
    rows = rows.annotate(
        end=RawSQL(END, [], output_field=DateField()),  # noqa: S611 - constants only
        answered=RawSQL(_ANSWERED, [grace, grace], output_field=BooleanField()),  # noqa: S611 - constants only
    )
    said = Refusal.objects.filter(
        Q(contract=OuterRef("pk"))
        | Q(
            contract__isnull=True,
            refused_on__gte=Coalesce(OuterRef("end"), OuterRef("starts_on")) - timedelta(days=SAID_BEFORE_DAYS),
        ),
        client=OuterRef("client_id"),
        withdrawn_at__isnull=True,
    )
    return rows.filter(~Exists(said), answered=False)
