"""How each kind of file gets from the staging table into the product."""

from __future__ import annotations

from interchange.loaders.base import Check, Chunk, Loader
from interchange.loaders.clients import CLIENTS, CONTACTS
from interchange.loaders.contacts_made import STOPS, TOUCHES
from interchange.loaders.deals import CONTRACTS, ORDERS, SURVEYS
from interchange.loaders.people import PRODUCTS, USERS
from interchange.loaders.told import RATES

__all__ = ["LOADERS", "Check", "Chunk", "Loader"]

LOADERS: dict[str, Loader] = {
    "users": USERS,
    "products": PRODUCTS,
    "clients": CLIENTS,
    "contacts": CONTACTS,
    "contracts": CONTRACTS,
    "orders": ORDERS,
    "touches": TOUCHES,
    "surveys": SURVEYS,
    "stops": STOPS,
    "rates": RATES,
}
