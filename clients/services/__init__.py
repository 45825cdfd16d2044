"""Writes of this room, one function per use case."""

from __future__ import annotations

from clients.services.assignments import assign_owner
from clients.services.clients import ClientData, create_client
from clients.services.contacts import ContactData, add_contact
from clients.services.contracts import ContractData, sign_contract
from clients.services.events import new_event, record_event, record_events
from clients.services.orders import OrderData, write_order

__all__ = [
    "ClientData",
    "ContactData",
    "ContractData",
    "OrderData",
    "add_contact",
    "assign_owner",
    "create_client",
    "new_event",
    "record_event",
    "record_events",
    "sign_contract",
    "write_order",
]
