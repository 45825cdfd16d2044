"""What the API takes: each body becomes typed data for one service."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from api.fields import Day, Key, Moment, Money, Phone, Rows, Text, Zone
from clients.enums import Channel, ClientKind, OrderStatus, Pain, ReturnReason
from core.enums import AddressForm, Tier
from core.inn import bare, inn_problem, kpp_problem
from retention.enums import StopKind, StopReason

LONG = 20_000


class ClientIn(serializers.Serializer[Any]):
    external_id = Key()
    name = serializers.CharField(max_length=300)
    kind = serializers.ChoiceField(choices=ClientKind.choices, default=ClientKind.LEGAL)
    inn = Text(20)
    kpp = Text(20)
    tier = serializers.ChoiceField(choices=Tier.choices, default=Tier.B)
    industry = Text(120)
    region = Text(120)
    timezone = Zone(required=False, default=settings.TIME_ZONE)
    parent_external_id = Text(100, help_text=gettext_lazy("External id of the parent company."))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        legal = attrs["kind"] == ClientKind.LEGAL
        problems = {}
        attrs["inn"], attrs["kpp"] = bare(attrs["inn"]), bare(attrs["kpp"])
        if attrs["inn"] and (problem := inn_problem(attrs["inn"], legal=legal)):
            problems["inn"] = [problem]
        if attrs["kpp"] and (problem := kpp_problem(attrs["kpp"], legal=legal)):
            problems["kpp"] = [problem]
        if problems:
            raise serializers.ValidationError(problems)
        return attrs


class ContactIn(serializers.Serializer[Any]):
    external_id = Text(100)
    name = serializers.CharField(max_length=200)
    position = Text(120)
    email = serializers.EmailField(required=False, allow_blank=True, default="", max_length=254)
    phones = Rows(child=Phone(max_length=40), required=False, default=list, max_length=20)
    greeting = Text(120)
    address_form = serializers.ChoiceField(choices=AddressForm.choices, default=AddressForm.VY)
    tone = Text(120)
    channel = serializers.ChoiceField(choices=Channel.choices, required=False, allow_blank=True, default="")
    hours = Text(120)
    is_primary = serializers.BooleanField(default=False)


class ContractIn(serializers.Serializer[Any]):
    external_id = Text(100)
    number = Text(64)
    signed_on = Day()
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True, default=None, help_text=gettext_lazy("Empty: open-ended."))
    amount = Money()
    prolongation_months = serializers.IntegerField(
        min_value=1, max_value=240, required=False, allow_null=True, default=None
    )
    notice_days = serializers.IntegerField(min_value=0, max_value=3650, required=False, allow_null=True, default=None)
    product_codes = Rows(child=Key(max_length=64), required=False, default=list, max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["ends_on"] is not None and attrs["ends_on"] < attrs["starts_on"]:
            raise serializers.ValidationError({"ends_on": [_("The last day cannot be before the first.")]})
        return attrs


class HandoffIn(serializers.Serializer[Any]):
    source = Key(max_length=64)  # type: ignore[assignment]
    external_id = Key()
    client = ClientIn()
    contacts = Rows(child=ContactIn(), min_length=1, max_length=50)
    contract = ContractIn()
    goal = serializers.CharField(max_length=LONG)
    promises = serializers.CharField(max_length=LONG)
    terms = serializers.CharField(max_length=LONG)
    pains = Rows(child=serializers.ChoiceField(choices=Pain.choices), min_length=1, max_length=20)

    def validate_contacts(self, contacts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not any(one["email"] or one["phones"] for one in contacts):
            raise serializers.ValidationError(_("At least one contact needs an e-mail or a phone."))
        keys = [one["external_id"] for one in contacts if one["external_id"]]
        if len(set(keys)) != len(keys):
            raise serializers.ValidationError(_("Each contact has an external id of its own."))
        return contacts

    def validate_pains(self, pains: list[str]) -> list[str]:
        return list(dict.fromkeys(pains))


class ReturnIn(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=ReturnReason.choices)
    comment = Text(LONG)


class OrderIn(serializers.Serializer[Any]):
    external_id = Text(100, help_text=gettext_lazy("As in the address, or left out."))
    client_external_id = Key()
    ordered_at = Moment()
    completed_at = Moment(required=False, allow_null=True, default=None)
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    amount = Money()
    refunded_amount = Money(required=False, allow_null=True, default=None)
    refunded_on = Day(required=False, allow_null=True, default=None)
    cost = Money(required=False, allow_null=True, default=None)
    product_codes = Rows(child=Key(max_length=64), required=False, default=list, max_length=200)
    contract_external_id = serializers.CharField(
        max_length=100, required=False, allow_blank=True, allow_null=True, default=None
    )


class OrderKeyIn(serializers.Serializer[Any]):
    """The key in the address of an order."""

    external_id = Key()


class StopIn(serializers.Serializer[Any]):
    external_id = Key()
    client_external_id = Key()
    kind = serializers.ChoiceField(choices=StopKind.choices, default=StopKind.CAMPAIGN_STOPPED)
    stopped_on = Day()
    reason = serializers.ChoiceField(choices=StopReason.choices, default=StopReason.UNKNOWN)
    words = Text(LONG, help_text=gettext_lazy("What the client says, word for word."))
    expected_end = Day(required=False, allow_null=True, default=None)


class ResumeIn(serializers.Serializer[Any]):
    resumed_on = Day(required=False, allow_null=True, default=None, help_text=gettext_lazy("Empty: today."))


class ClientFilterIn(serializers.Serializer[Any]):
    search = Text(200, help_text=gettext_lazy("Name, INN, phone or e-mail, or the beginning of a word."))
    owner = Text(150, help_text=gettext_lazy("Log-in name of the owner."))
    tier = serializers.ChoiceField(choices=Tier.choices, required=False, allow_blank=True, default="")
    kind = serializers.ChoiceField(choices=ClientKind.choices, required=False, allow_blank=True, default="")
    industry = Text(120)
    region = Text(120)
    external_id = Text(100)
    archived = serializers.BooleanField(default=False)
