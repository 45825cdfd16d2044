"""What the API answers, and the same shapes for the schema."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clients.enums import ClientKind, HandoffStatus, OrderStatus, Pain, ReturnReason
from clients.models import Client, Contact, Contract, Handoff, Order
from core.enums import AddressForm, Tier
from retention.enums import FreezeOutcome, StopKind, StopReason
from retention.models import Freeze


class ErrorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class OwnerOut(serializers.Serializer[Any]):
    username = serializers.CharField()
    name = serializers.CharField()


class ClientKeyOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField()


class OfferedOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=[HandoffStatus.OFFERED.value])
    client = ClientKeyOut()
    owner = OwnerOut()
    accept_by = serializers.DateTimeField()


class ContractKeyOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField()


class HandoffOut(serializers.Serializer[Handoff]):
    id = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField()
    status = serializers.ChoiceField(choices=HandoffStatus.values)
    client = ClientKeyOut(allow_null=True)
    contract = ContractKeyOut(allow_null=True)
    owner = OwnerOut(source="proposed_owner", allow_null=True)
    salesperson = OwnerOut()
    goal = serializers.CharField()
    promises = serializers.CharField()
    terms = serializers.CharField()
    pains = serializers.ListField(child=serializers.ChoiceField(choices=Pain.values))
    offered_at = serializers.DateTimeField(allow_null=True)
    accept_by = serializers.DateTimeField(allow_null=True)
    overdue_at = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    returned_at = serializers.DateTimeField(allow_null=True)
    return_reason = serializers.ChoiceField(choices=["", *ReturnReason.values])
    return_comment = serializers.CharField()


class ContactOut(serializers.ModelSerializer[Contact]):
    phones: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField(
        slug_field="number", many=True, read_only=True
    )
    address_form = serializers.ChoiceField(choices=AddressForm.values)

    class Meta:
        model = Contact
        fields = [
            "id",
            "external_id",
            "name",
            "position",
            "email",
            "phones",
            "greeting",
            "address_form",
            "tone",
            "channel",
            "hours",
            "is_primary",
        ]


class ContractOut(serializers.ModelSerializer[Contract]):
    product_codes: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField(
        source="products", slug_field="code", many=True, read_only=True
    )

    class Meta:
        model = Contract
        fields = [
            "id",
            "external_id",
            "number",
            "signed_on",
            "starts_on",
            "ends_on",
            "terminated_on",
            "amount",
            "prolongation_months",
            "notice_days",
            "product_codes",
        ]


class ClientRowOut(serializers.ModelSerializer[Client]):
    kind = serializers.ChoiceField(choices=ClientKind.choices)
    tier = serializers.ChoiceField(choices=Tier.choices)
    industry = serializers.CharField(source="industry.name", default="")
    region = serializers.CharField(source="region.name", default="")
    parent_external_id = serializers.CharField(source="parent.external_id", default=None, allow_null=True)
    possible_duplicate_of = serializers.IntegerField(source="possible_duplicate_of_id", allow_null=True)
    owner = serializers.SerializerMethodField()
    archived = serializers.SerializerMethodField()

    class Meta:
        model = Client
        fields = [
            "id",
            "external_id",
            "name",
            "kind",
            "inn",
            "kpp",
            "tier",
            "industry",
            "region",
            "timezone",
            "parent_external_id",
            "possible_duplicate_of",
            "created_on",
            "owner",
            "archived",
            "updated_at",
        ]

    def get_owner(self, client: Client) -> OwnerOut:
        [assignment] = client.open_assignments  # type: ignore[attr-defined]  # prefetched by the query
        return {"username": assignment.user.username, "name": assignment.user.name}  # type: ignore[return-value]

    def get_archived(self, client: Client) -> bool:
        return client.archived_at is not None


class ClientOut(ClientRowOut):
    contacts = ContactOut(many=True)
    contracts = ContractOut(many=True)

    class Meta(ClientRowOut.Meta):
        fields = [*ClientRowOut.Meta.fields, "contacts", "contracts"]


class OrderOut(serializers.ModelSerializer[Order]):
    status = serializers.ChoiceField(choices=OrderStatus.values)
    client_external_id = serializers.CharField(source="client.external_id")
    contract_external_id = serializers.CharField(source="contract.external_id", default=None, allow_null=True)
    product_codes: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField(
        source="products", slug_field="code", many=True, read_only=True
    )

    class Meta:
        model = Order
        fields = [
            "id",
            "external_id",
            "client_external_id",
            "ordered_at",
            "completed_at",
            "status",
            "amount",
            "refunded_amount",
            "refunded_on",
            "cost",
            "product_codes",
            "contract_external_id",
        ]


class StopOut(serializers.ModelSerializer[Freeze]):
    status = serializers.SerializerMethodField()
    client = ClientKeyOut()
    kind = serializers.ChoiceField(choices=StopKind.values)
    reason = serializers.ChoiceField(choices=StopReason.values)
    expected_end = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)

    class Meta:
        model = Freeze
        fields = [
            "id",
            "external_id",
            "status",
            "client",
            "kind",
            "stopped_on",
            "reason",
            "words",
            "expected_end",
            "ended_on",
        ]

    @extend_schema_field({"type": "string", "enum": ["frozen", *FreezeOutcome.values]})
    def get_status(self, freeze: Freeze) -> str:
        return freeze.outcome or "frozen"
