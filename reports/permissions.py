"""Whose figures a person may see: the head all of them, an account manager their own, nobody else any."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import ForbiddenError
from core.figures import Segment
from reports.models import BonusStatement, FigureAlert, SavedView
from staff import permissions
from staff.enums import Role
from staff.models import User
from staff.permissions import leads

reads_figures = permissions.reads_figures


def reads_costs(user: User) -> bool:
    """What an hour of a person costs, and all that is made of it."""
    return leads(user)


def visible_managers(user: User) -> QuerySet[User]:
    """Whose pages and bonuses a person opens: the head everybody's, an account manager his own."""
    managers = User.objects.filter(roles__contains=[Role.AM]).order_by("-is_active", "name", "id")
    if leads(user):
        return managers
    return managers.filter(pk=user.pk) if user.is_active else managers.none()


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


def visible_statements(user: User) -> QuerySet[BonusStatement]:
    """The head sees everybody's bonuses, a manager his own."""
    return BonusStatement.objects.filter(manager__in=visible_managers(user)).select_related(
        "manager", "rules", "signed_by"
    )
