"""Reads about people."""

from __future__ import annotations

import secrets

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.timezone import now

from core.phones import phone_digits
from staff.models import User


def username_for_login(login: str) -> str | None:
    """Whose attempt this is; a user name wins over another person's e-mail."""
    if not login:
        return None
    found = User.objects.filter(Q(username__iexact=login) | Q(email__iexact=login)).values_list("username", flat=True)
    return min(found[:2], key=lambda name: name.lower() != login.lower(), default=None)


def name_at(person: str) -> Coalesce:
    """What ``str`` of the related ``person`` says, without a row of thirty columns."""
    return Coalesce(NullIf(f"{person}__name", Value("")), f"{person}__username")


def with_second_factor(users: QuerySet[User]) -> QuerySet[User]:
    factor = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    annotated: QuerySet[User] = users.annotate(has_second_factor=Exists(factor))
    return annotated


def live_sessions(user: User) -> QuerySet[UserSession]:
    """Newest first; those whose session is gone do not count."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now())
    sessions: QuerySet[UserSession] = UserSession.objects.filter(Exists(alive), user=user).order_by("-last_seen_at")
    return sessions


def photo_name(user: User) -> str:
    """A fresh name for each photo: addresses cannot be guessed, caches never show the old one."""
    return f"{secrets.token_hex(16)}.jpg"


def people(*, text: str = "", role: str = "", state: str = "active") -> QuerySet[User]:
    """The list of accounts: every word of ``text`` is in the name, the log-in name, the e-mail or the phone."""
    users = with_second_factor(User.objects.all())
    if state in {"active", "inactive"}:
        users = users.filter(is_active=state == "active")
    if role:
        users = users.filter(roles__contains=[role])
    for word in text.split()[:5]:
        digits = phone_digits(word)
        by_phone = Q(phone__contains=digits) if len(digits) >= 3 else Q()
        users = users.filter(
            Q(name__icontains=word) | Q(username__icontains=word) | Q(email__icontains=word) | by_phone
        )
    return users.order_by("name", "id")


def was_invited_only(user: User) -> bool:
    """Has never logged in: the invitation can be sent again."""
    return user.last_login is None and not user.has_usable_password()


def page_of(users: QuerySet[User], *, number: str | None, size: int) -> Page[User]:
    return Paginator(users, size).get_page(number)
