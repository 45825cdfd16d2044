"""Who may do what, as predicates of a user. Scopes of rows live with the rows (``visible_*``)."""

from __future__ import annotations

from staff.enums import DEPARTMENT_ROLES, Role
from staff.models import User


def in_department(user: User) -> bool:
    """Works inside the department and so sees all of its clients (anyone may help anyone, row A45)."""
    return user.is_active and (user.is_superuser or user.has_role(*DEPARTMENT_ROLES))


def leads(user: User) -> bool:
    """Head of the department or administrator: figures of everyone, users, settings, transfers."""
    return user.is_active and (user.is_superuser or user.has_role(Role.HEAD, Role.ADMIN))


def sells(user: User) -> bool:
    """May hand clients off; the head may do it too."""
    return user.is_active and (leads(user) or user.has_role(Role.SALES))
