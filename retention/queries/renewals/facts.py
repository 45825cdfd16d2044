"""What the rules need to know about one renewal: its stretch of days, and what may follow it."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from clients.models import Contract
from retention.models import Renewal
from retention.rules.contracts import ONE_DAY, shift_months


def first_day(renewal: Renewal) -> date:
    """First day of the turn that ends; later turns of a prolonging contract begin where the one before ended."""
    contract = renewal.contract
    if renewal.turn == 0 or contract.ends_on is None:
        return contract.starts_on
    return shift_months(contract.ends_on + ONE_DAY, (renewal.turn - 1) * (contract.prolongation_months or 0))


def notice_deadline(renewal: Renewal) -> date | None:
    """Until which day a contract that prolongs itself can still be given notice."""
    contract = renewal.contract
    if not contract.prolongation_months or contract.notice_days is None or contract.terminated_on is not None:
        return None
    return renewal.due_on - timedelta(days=contract.notice_days)


def next_contracts(renewal: Renewal) -> QuerySet[Contract]:
    """Contracts of the client in line with this one that begin later and end later, the first start first."""
    links = Contract.products.through.objects
    own = list(links.filter(contract=renewal.contract_id).values_list("product_id", flat=True))
    rows = Contract.objects.filter(client=renewal.client_id, starts_on__gt=first_day(renewal)).filter(
        Q(ends__isnull=True) | Q(ends__gt=renewal.due_on)
    )
    if own:
        named = links.filter(contract=OuterRef("pk"))
        rows = rows.filter(~Exists(named) | Exists(named.filter(product__in=own)))
    return rows.exclude(pk=renewal.contract_id).order_by("starts_on", "-ends", "-pk")
