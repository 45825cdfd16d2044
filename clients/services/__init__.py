"""Writes of this room, one function per use case."""

from __future__ import annotations

from clients.services.assignments import assign_owner, transfer_client
from clients.services.clients import (
    ClientData,
    archive_client,
    change_client,
    create_client,
    restore_client,
)
from clients.services.contacts import ContactData, add_contact, archive_contact, change_contact
from clients.services.contracts import ContractData, change_contract, sign_contract
from clients.services.distribution import take_over_orphans
from clients.services.events import new_event, record_event, record_events
from clients.services.files import store_file
from clients.services.orders import OrderData, change_order, refund_order, write_order

__all__ = [
    "ClientData",
    "ContactData",
    "ContractData",
    "OrderData",
    "add_contact",
    "archive_client",
    "archive_contact",
    "assign_owner",
    "change_client",
    "change_contact",
    "change_contract",
    "change_order",
    "create_client",
    "new_event",
    "record_event",
    "record_events",
    "refund_order",
    "restore_client",
    "sign_contract",
    "store_file",
    "take_over_orphans",
    "transfer_client",
    "write_order",
]
