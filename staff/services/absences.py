"""Days away: no hand-off is offered to the person then."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from core.errors import DomainError, ForbiddenError
from staff.models import Absence, User
from staff.permissions import leads


def add_absence(*, user: User, starts_on: date, ends_on: date, note: str, actor: User) -> Absence:
    _check_may_plan(actor, user)
    if ends_on < starts_on:
        text = _("The last day is before the first.")
        raise DomainError(text, fields={"ends_on": [text]})
    same = Absence.objects.filter(user=user, starts_on=starts_on, ends_on=ends_on).first()
    return same or Absence.objects.create(user=user, starts_on=starts_on, ends_on=ends_on, note=note)


def remove_absence(*, absence: Absence, actor: User) -> None:
    _check_may_plan(actor, absence.user)
    absence.delete()


def _check_may_plan(actor: User, user: User) -> None:
    if actor.pk != user.pk and not leads(actor):
        raise ForbiddenError(_("Only the head or an administrator may plan somebody else's absence."))
