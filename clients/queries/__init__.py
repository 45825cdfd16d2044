"""Reads of this room, named for the question they answer."""

from __future__ import annotations

from clients.queries.contacts import contacts_to_choose
from clients.queries.owners import current_owner, open_assignment, owner_on, owners_of

__all__ = ["contacts_to_choose", "current_owner", "open_assignment", "owner_on", "owners_of"]
