"""Clients after the sale: who they are, what they bought, who looks after them."""

from __future__ import annotations

from clients.models.base import audited, sort_key
from clients.models.catalogue import Industry, Product, ProductCategory, Region
from clients.models.clients import (
    NO_CONTRACT,
    NO_ORDER,
    OPEN_ENDED,
    Client,
    ClientSearch,
    ClientSegment,
    ClientStanding,
    ClientWord,
)
from clients.models.contacts import Contact, ContactPhone
from clients.models.deals import Contract, Order
from clients.models.files import StoredFile
from clients.models.handoffs import Handoff, SalesRequest
from clients.models.owners import Assignment
from clients.models.record import ClientLetter, LetterTemplate, TimelineEvent

__all__ = [
    "NO_CONTRACT",
    "NO_ORDER",
    "OPEN_ENDED",
    "Assignment",
    "Client",
    "ClientLetter",
    "ClientSearch",
    "ClientSegment",
    "ClientStanding",
    "ClientWord",
    "Contact",
    "ContactPhone",
    "Contract",
    "Handoff",
    "Industry",
    "LetterTemplate",
    "Order",
    "Product",
    "ProductCategory",
    "Region",
    "SalesRequest",
    "StoredFile",
    "TimelineEvent",
    "audited",
    "sort_key",
]
