from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from clients.enums import ClientKind
from clients.models import Client, Product, StoredFile
from clients.services.clients import ClientData
from clients.services.contacts import ContactData
from clients.services.contracts import ContractData
from core.enums import AddressForm, Tier
from core.errors import DomainError
from core.models import new_external_id


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffData:
    """What sales give away; the border has checked the single values already.

    ``industry`` and ``region`` are names: the service finds their rows or adds them.
    """

    source: str
    external_id: str
    client: ClientData
    contacts: Sequence[ContactData]
    contract: ContractData
    goal: str
    promises: str
    terms: str
    pains: Sequence[str]
    industry: str = ""
    region: str = ""
    signed_file: StoredFile | None = None


def build_handoff(cleaned: Mapping[str, Any], *, signed_file: StoredFile | None = None) -> HandoffData:
    """From values that a form or serializer has checked one by one; finds the products and the parent they name."""
    client, contract = cleaned["client"], cleaned["contract"]
    return HandoffData(
        source=cleaned["source"],
        external_id=cleaned["external_id"],
        client=ClientData(
            external_id=client["external_id"],
            name=client["name"],
            kind=ClientKind(client["kind"]),
            inn=client["inn"],
            kpp=client["kpp"],
            tier=Tier(client["tier"]),
            timezone=client["timezone"],
            parent=_parent(client.get("parent_external_id", "")),
        ),
        contacts=[_contact(one) for one in cleaned["contacts"]],
        contract=ContractData(
            external_id=contract["external_id"] or new_external_id(),
            number=contract["number"],
            signed_on=contract["signed_on"],
            starts_on=contract["starts_on"],
            ends_on=contract["ends_on"],
            amount=contract["amount"],
            prolongation_months=contract["prolongation_months"],
            notice_days=contract["notice_days"],
            products=products_named(contract["product_codes"], field="contract.product_codes"),
        ),
        goal=cleaned["goal"],
        promises=cleaned["promises"],
        terms=cleaned["terms"],
        pains=list(cleaned["pains"]),
        industry=client["industry"],
        region=client["region"],
        signed_file=signed_file,
    )


def products_named(codes: Sequence[str], *, field: str) -> list[Product]:
    """The products of these codes; one that does not exist is an error at ``field``."""
    if not codes:
        return []
    rows = {row.code: row for row in Product.objects.filter(code__in=codes)}
    unknown = [code for code in dict.fromkeys(codes) if code not in rows]
    if unknown:
        text = _("Unknown product: %(codes)s.") % {"codes": ", ".join(unknown[:10])}
        raise DomainError(text, code="invalid", fields={field: [text]})
    return list(rows.values())


def _parent(external_id: str) -> Client | None:
    if not external_id:
        return None
    parent = Client.objects.filter(external_id=external_id).first()
    if parent is None:
        text = _("There is no client with this external id.")
        raise DomainError(text, code="invalid", fields={"client.parent_external_id": [text]})
    return parent


def _contact(one: Mapping[str, Any]) -> ContactData:
    return ContactData(
        external_id=one.get("external_id") or new_external_id(),
        name=one["name"],
        position=one["position"],
        email=one["email"],
        phones=one["phones"],
        greeting=one["greeting"],
        address_form=AddressForm(one["address_form"]),
        tone=one["tone"],
        channel=one["channel"],
        hours=one["hours"],
        is_primary=one["is_primary"],
    )


def digest_of(body: Mapping[str, Any]) -> str:
    """The same for the same JSON, whatever the order of its keys and the spaces between them."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode(errors="surrogatepass")).hexdigest()
