"""Accounts: invite, edit, deactivate, bring back. Guard rails stand here, whatever page or program asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.concurrency import decide, snapshot, update_versioned
from core.errors import DomainError, ForbiddenError
from core.wakeup import wake
from staff import queries
from staff.enums import Role
from staff.models import ApiToken, User
from staff.permissions import administers, may_manage
from staff.services.letters import send_invitation, send_notice, send_reset
from staff.services.sessions import end_sessions

OWN_FIELDS = frozenset({"name", "phone", "extension", "language", "theme", "timezone", "work_starts", "work_ends"})
FACTOR_RESET = gettext_lazy("The second factor has been removed from your account by whoever manages it.")
MANAGED_FIELDS = OWN_FIELDS | {"username", "email", "roles"}


@transaction.atomic
def invite_user(*, values: Mapping[str, Any], actor: User, now: datetime) -> User:
    """An account without a password, and a letter with the link to choose one."""
    user = User(**{field: value for field, value in values.items() if field in MANAGED_FIELDS})
    if not may_manage(actor, user):
        raise ForbiddenError(_("Only an administrator may give the administrator's role."))
    if not user.email:
        raise DomainError(_("An invitation needs an e-mail."), fields={"email": [_("An invitation needs an e-mail.")]})
    _check_unique(user)
    user.set_unusable_password()
    user.save()
    send_invitation(user=user, actor=actor, now=now)
    return user


@transaction.atomic
def resend_invitation(*, user: User, actor: User, now: datetime) -> None:
    _check_may_manage(actor, user)
    _check_reachable(user)
    send_invitation(user=user, actor=actor, now=now)


@transaction.atomic
def update_user(
    *, user: User, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User, now: datetime
) -> User:
    """Merged with what others wrote meanwhile; ``EditConflictError`` where both changed a field."""
    own = actor.pk == user.pk
    allowed = MANAGED_FIELDS if may_manage(actor, user) else OWN_FIELDS if own else frozenset()
    wanted = {field: value for field, value in mine.items() if field in allowed}
    if not wanted:
        raise ForbiddenError(_("You may not edit this account."))
    stored = User.objects.select_for_update().get(pk=user.pk)
    changed = decide(theirs=snapshot(stored, wanted), original=original, mine=wanted)
    if not changed:
        return stored
    changes = {field: wanted[field] for field in changed}
    _check_roles(stored, changes, actor)
    for field, value in changes.items():
        setattr(stored, field, value)
    _check_unique(stored)
    update_versioned(stored, fields=changes, expected_version=stored.version)
    return stored


@transaction.atomic
def deactivate_user(*, user: User, actor: User, now: datetime) -> None:
    """From the next request on the person is out: sessions end, tokens die, the link in old letters does too."""
    _check_may_manage(actor, user)
    if user.pk == actor.pk:
        raise DomainError(_("You cannot deactivate yourself."), code="own_account")
    _check_not_last_administrator(user)
    changed = User.objects.filter(pk=user.pk, is_active=True).update(
        is_active=False, deactivated_at=now, updated_at=now, version=F("version") + 1
    )
    if changed:
        ApiToken.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=now)
        end_sessions(user=user)
        wake("clients.take_over_orphans")


@transaction.atomic
def reactivate_user(*, user: User, actor: User, now: datetime) -> None:
    """The person may log in again; the tokens stay dead."""
    _check_may_manage(actor, user)
    User.objects.filter(pk=user.pk, is_active=False).update(
        is_active=True, deactivated_at=None, updated_at=now, version=F("version") + 1
    )


@transaction.atomic
def request_reset(*, user: User, actor: User, now: datetime) -> None:
    """A letter with the link to a new password; the old one works until it is used."""
    _check_may_manage(actor, user)
    _check_reachable(user)
    send_reset(user=user, now=now)


@transaction.atomic
def reset_second_factor(*, user: User, actor: User, now: datetime) -> None:
    """For somebody who lost phone and codes. Everything logged in under the lost factor ends; the person is told."""
    _check_may_manage(actor, user)
    removed, _rows = Authenticator.objects.filter(user=user).delete()
    end_sessions(user=user)
    if removed and user.email:
        send_notice(user=user, what=FACTOR_RESET, now=now)
    User.objects.filter(pk=user.pk).update(updated_at=now, version=F("version") + 1)


@transaction.atomic
def set_photo(*, user: User, content: bytes | None, actor: User, now: datetime) -> None:
    """``content`` is a cleaned picture, or nothing to take the photo away."""
    from django.core.files.base import ContentFile

    if actor.pk != user.pk:
        _check_may_manage(actor, user)
    stored = User.objects.select_for_update().get(pk=user.pk)
    old = stored.photo.name
    if content is None:
        stored.photo = ""
    else:
        stored.photo.save(queries.photo_name(stored), ContentFile(content), save=False)
    update_versioned(stored, fields=["photo"], expected_version=stored.version)
    if old:
        transaction.on_commit(lambda: stored.photo.storage.delete(old))


def _check_roles(stored: User, changes: Mapping[str, Any], actor: User) -> None:
    if "roles" not in changes:
        return
    roles: Collection[str] = changes["roles"]
    if Role.ADMIN in roles and not administers(actor):
        raise ForbiddenError(_("Only an administrator may give the administrator's role."))
    if Role.ADMIN not in roles and not stored.is_superuser:
        _check_not_last_administrator(stored)


def _check_may_manage(actor: User, user: User) -> None:
    if not may_manage(actor, user):
        raise ForbiddenError(_("You may not manage this account."))


def _check_reachable(user: User) -> None:
    if not user.is_active:
        raise DomainError(_("This person is deactivated."))
    if not user.email:
        raise DomainError(_("This person has no e-mail, so no letter can be sent."))


def _check_not_last_administrator(user: User) -> None:
    """Locks the administrators' rows, so that two of them cannot dismiss each other at the same moment."""
    administrator = Q(is_active=True) & (Q(is_superuser=True) | Q(roles__contains=[Role.ADMIN]))
    ids = set(User.objects.select_for_update().filter(administrator).order_by("pk").values_list("pk", flat=True))
    if ids == {user.pk}:
        raise DomainError(_("This is the last administrator: name another one first."), code="last_administrator")


def _check_unique(user: User) -> None:
    others = User.objects.exclude(pk=user.pk)
    taken: dict[str, list[str]] = {}
    if others.filter(username__iexact=user.username).exists():
        taken["username"] = [_("This log-in name is taken.")]
    if user.email and others.filter(email__iexact=user.email).exists():
        taken["email"] = [_("Another account has this e-mail.")]
    if taken:
        raise DomainError(_("Name and e-mail must be unique."), code="taken", fields=taken)
