"""A hand-off as a sales program sends it, and one that is written already."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from itertools import count
from typing import Any

from api.serializers import HandoffIn
from clients.models import Handoff
from clients.services.handoffs import build_handoff, digest_of, offer_handoff
from staff.models import User

_numbers = count(1)

BODY: dict[str, Any] = {
    "source": "sales-crm",
    "external_id": "deal-4711",
    "client": {
        "external_id": "c-1",
        "name": "ООО «Север»",
        "kind": "legal",
        "inn": "7707083893",
        "tier": "A",
        "industry": "Реклама",
        "region": "Новосибирск",
        "timezone": "Asia/Novosibirsk",
    },
    "contacts": [
        {
            "name": "Максим Орлов",
            "email": "max@example.ru",
            "phones": ["+7 913 000-00-00"],
            "greeting": "Привет, Макс!",
            "address_form": "ty",
            "is_primary": True,
        }
    ],
    "contract": {
        "external_id": "k-1",
        "number": "17/26",
        "signed_on": "2026-11-20",
        "starts_on": "2026-12-01",
        "ends_on": "2027-11-30",
        "amount": "120000.00",
        "product_codes": [],
    },
    "goal": "Больше заявок",
    "promises": "Отчёт каждую неделю",
    "terms": "Оплата в рассрочку",
    "pains": ["deadline"],
}


def make_body(**values: Any) -> dict[str, Any]:
    """A valid body with keys of its own; ``client__tier="B"`` reaches inside."""
    number = next(_numbers)
    body = deepcopy(BODY)
    body["external_id"] = f"deal-{number}"
    body["client"]["external_id"] = f"c-{number}"
    body["client"]["inn"] = ""
    body["contract"]["external_id"] = f"k-{number}"
    for path, value in values.items():
        *outer, last = path.split("__")
        place = body
        for name in outer:
            place = place[name]
        place[last] = value
    return body


def offer(body: dict[str, Any], *, by: User, now: datetime) -> Handoff:
    checked = HandoffIn(data=body)
    checked.is_valid(raise_exception=True)
    return offer_handoff(
        data=build_handoff(checked.validated_data), digest=digest_of(body), actor=by, now=now, payload=body
    ).handoff
