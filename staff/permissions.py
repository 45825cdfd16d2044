"""Who may do what, as predicates of a user. Scopes of rows live with the rows (``visible_*``)."""

from __future__ import annotations

from django.db.models import QuerySet

from staff.enums import DEPARTMENT_ROLES, Role
from staff.models import ApiToken, User


def in_department(user: User) -> bool:
    """Works inside the department and so sees all of its clients (anyone may help anyone, row A45)."""
    return user.is_active and (user.is_superuser or user.has_role(*DEPARTMENT_ROLES))


def colleague() -> User:
    """Anybody of the department, for what all of them see alike: a query that is compiled once has no user of its own."""
    return User(roles=[Role.AM.value], is_active=True)


def leads(user: User) -> bool:
    """Head of the department or administrator: figures of everyone, users, settings, transfers."""
    return user.is_active and (user.is_superuser or user.has_role(Role.HEAD, Role.ADMIN))


def reads_figures(user: User) -> bool:
    return leads(user) or user.has_role(Role.AM)


def sells(user: User) -> bool:
    """May hand clients off; the head may do it too."""
    return user.is_active and (leads(user) or user.has_role(Role.SALES))


def administers(user: User) -> bool:
    return user.is_active and (user.is_superuser or user.has_role(Role.ADMIN))


def may_manage(actor: User, user: User) -> bool:
    """The head runs the department's people; an administrator's account is for administrators only."""
    is_administrator = user.is_superuser or Role.ADMIN in user.roles
    return leads(actor) and (administers(actor) or not is_administrator)


def visible_users(user: User) -> QuerySet[User]:
    """Accounts: those who manage people see everyone's, anybody else his own."""
    everyone = User.objects.all()
    return everyone if leads(user) else everyone.filter(pk=user.pk)


def visible_tokens(user: User) -> QuerySet[ApiToken]:
    tokens = ApiToken.objects.select_related("user")
    return tokens if leads(user) else tokens.filter(user=user)
