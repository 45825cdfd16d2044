"""Whose figures a person may see: the head all of them, an account manager their own, nobody else any."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from core.errors import ForbiddenError
from core.figures import Segment
from staff.enums import Role
from staff.models import User
from staff.permissions import leads


def reads_figures(user: User) -> bool:
    return leads(user) or user.has_role(Role.AM)


def visible_segment(user: User, wanted: Segment) -> Segment:
    """The segment narrowed to what this person may ask for; another manager's figures are refused."""
    if leads(user):
        return wanted
    if not user.has_role(Role.AM):
        raise ForbiddenError(_("Figures are open to account managers and the head of the department."))
    if wanted.manager not in {None, user.pk}:
        raise ForbiddenError(_("Another manager's figures are open to the head of the department only."))
    return replace(wanted, manager=user.pk)
