"""Contacts to choose from."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from clients.models import Client, Contact


def contacts_to_choose(client: Client, *, present: Any = None) -> QuerySet[Contact]:
    """Those who still work there, and the one the row holds already: an edit of something else keeps them."""
    return Contact.objects.filter(Q(archived_at__isnull=True) | Q(pk=present), client=client)
