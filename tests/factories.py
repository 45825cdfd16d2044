"""Rows for tests: valid, minimal, without surprises. Each room's tests add what they need here."""

from __future__ import annotations

from itertools import count

from clients.enums import AssignmentReason
from clients.models import Assignment, Client
from staff.enums import Role
from staff.models import User

_numbers = count(1)


def make_user(*roles: Role, **values: object) -> User:
    number = next(_numbers)
    defaults: dict[str, object] = {
        "name": f"Сотрудник {number}",
        "email": f"user{number}@company.test",
        "roles": list(roles),
    }
    return User.objects.create_user(f"user{number}", **{**defaults, **values})  # type: ignore[arg-type]


def make_client(owner: User, **values: object) -> Client:
    number = next(_numbers)
    client = Client.objects.create(**{"name": f"ООО «Клиент {number}»", **values})
    Assignment.objects.create(client=client, user=owner, reason=AssignmentReason.CREATED)
    return client
