"""Moving data in and out touches everyone's clients: only who leads the department does it."""

from __future__ import annotations

from django.db.models import QuerySet

from interchange.models import ImportRun
from staff.models import User
from staff.permissions import leads


def may_exchange(user: User) -> bool:
    return leads(user)


def visible_imports(user: User) -> QuerySet[ImportRun]:
    return ImportRun.objects.all() if leads(user) else ImportRun.objects.none()
