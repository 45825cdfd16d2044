"""Pure decisions about people: how a log-in is counted, which scopes a role may give to a program."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from staff.enums import DEPARTMENT_ROLES, Role, Scope


def fold_login(text: str) -> str:
    """One spelling for all variants of a log-in: case, width and diacritics do not give extra tries."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))[:150]


_SCOPE_ROLES: dict[Scope, frozenset[Role]] = {
    Scope.HANDOFFS_WRITE: frozenset({Role.SALES, Role.HEAD, Role.ADMIN, Role.AM}),
    Scope.ORDERS_WRITE: frozenset({Role.AM, Role.COORDINATOR, Role.DOCUMENTS, Role.HEAD, Role.ADMIN}),
    Scope.CLIENTS_READ: frozenset(Role),
    Scope.CLIENTS_WRITE: DEPARTMENT_ROLES,
    Scope.REPORTS_READ: frozenset({Role.HEAD, Role.ADMIN}),
    Scope.STOPS_WRITE: DEPARTMENT_ROLES,
}


def grantable_scopes(roles: Iterable[str], *, is_superuser: bool) -> frozenset[Scope]:
    """A token never may more than its owner; an administrator's token may everything."""
    held = set(roles)
    if is_superuser or Role.ADMIN in held:
        return frozenset(Scope)
    return frozenset(scope for scope, allowed in _SCOPE_ROLES.items() if held & allowed)
