"""Reads about people."""

from __future__ import annotations

from django.db.models import Q

from staff.models import User


def username_for_login(login: str) -> str | None:
    """Whose attempt this is; a user name wins over another person's e-mail."""
    found = User.objects.filter(Q(username__iexact=login) | Q(email__iexact=login)).values_list("username", flat=True)
    return min(found[:2], key=lambda name: name.lower() != login.lower(), default=None) if login else None
