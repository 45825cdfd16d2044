"""Whose figures a person may see: the head all of them, an account manager their own, nobody else any."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import ForbiddenError
from core.figures import Segment
from core.fixed import FixedQuery
from reports.models import BonusStatement, FigureAlert, SavedView
from reports.shelf import Alert
from staff import permissions
from staff.enums import Role
from staff.models import User
from staff.permissions import leads

reads_figures = permissions.reads_figures


def reads_costs(user: User) -> bool:
    """What an hour of a person costs, and all that is made of it."""
    return leads(user)


def _managers(**narrowed: Any) -> QuerySet[User]:
    return User.objects.filter(roles__contains=[Role.AM], **narrowed).order_by("-is_active", "name", "id")


def visible_managers(user: User) -> QuerySet[User]:
    """Whose pages and bonuses a person opens: the head everybody's, an account manager his own."""
    if leads(user):
        return _managers()
    return _managers(pk=user.pk) if user.is_active else User.objects.none()


_EVERY_MANAGER = FixedQuery(_managers)
_MANAGER = FixedQuery(lambda username: _managers(username=username), str)


def every_manager(user: User) -> list[User]:
    """``visible_managers`` of whoever leads the department, at once."""
    return _EVERY_MANAGER.rows() if leads(user) else list(visible_managers(user))


def visible_manager(user: User, username: str) -> User | None:
    """The one of ``visible_managers`` who has this name."""
    found = _MANAGER.first(username)
    return found if found and (leads(user) or (user.is_active and found.pk == user.pk)) else None


def visible_segment(user: User, wanted: Segment) -> Segment:
    """The segment narrowed to what this person may ask for; another manager's figures are refused."""
    if leads(user):
        return wanted
    if not user.has_role(Role.AM):
        raise ForbiddenError(_("Figures are open to account managers and the head of the department."))
    if wanted.manager not in {None, user.pk}:
        raise ForbiddenError(_("Another manager's figures are open to the head of the department only."))
    return replace(wanted, manager=user.pk)


def visible_views(user: User) -> QuerySet[SavedView]:
    """One's own and those for everybody."""
    return SavedView.objects.filter(Q(owner=user) | Q(shared=True)) if reads_figures(user) else SavedView.objects.none()


def visible_alerts(user: User) -> QuerySet[FigureAlert]:
    """The head all of them, a manager those about himself."""
    return FigureAlert.objects.all() if leads(user) else FigureAlert.objects.filter(manager=user)


def _unseen(manager: int) -> QuerySet[Any]:
    told = ("id", "kind", "metric", "month", "manager__username", "manager__name", "value", "limit")
    return FigureAlert.objects.filter(manager=manager, seen_at=None).values_list(*told)


_UNSEEN: FixedQuery[FigureAlert] = FixedQuery(_unseen, int)


def unseen_alerts(user: User, manager: User) -> list[Alert]:
    """Those of ``visible_alerts`` about a manager that nobody has seen."""
    rows = _UNSEEN.tuples(manager.pk) if leads(user) or user.pk == manager.pk else []
    return [Alert(*row) for row in rows]


def visible_statements(user: User) -> QuerySet[BonusStatement]:
    """The head sees everybody's bonuses, a manager his own."""
    return BonusStatement.objects.filter(manager__in=visible_managers(user)).select_related(
        "manager", "rules", "signed_by"
    )
