"""Letters about an account. They hold a link that opens it, so they expire with that link."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import int_to_base36
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.queries import company
from gateways.enums import MessageClass
from gateways.services import LetterDraft, enqueue_letter
from staff.models import User


def password_link(user: User) -> str:
    """The host comes from the settings: a forged Host header must not get into a letter."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": int_to_base36(user.pk), "key": key})
    return settings.APP_URL + path


def send_invitation(*, user: User, actor: User, now: datetime) -> None:
    with override(user.language):
        subject = _("You are invited to %(department)s") % {"department": company().department_name}
        send_account_letter(
            user=user,
            reason="invitation",
            subject=subject,
            context={"actor": actor, "link": password_link(user)},
            now=now,
        )


def send_reset(*, user: User, now: datetime) -> None:
    with override(user.language):
        context = {"link": password_link(user)}
        send_account_letter(user=user, reason="reset", subject=_("New password"), context=context, now=now)


def send_notice(*, user: User, what: Promise, now: datetime) -> None:
    """Something about the account has changed; there is no link in it."""
    with override(user.language):
        reason = f"notice-{hashlib.sha256(str(what).encode()).hexdigest()[:8]}"
        context = {"what": str(what)}
        send_account_letter(user=user, reason=reason, template="notice", subject=str(what), context=context, now=now)


def send_account_letter(
    *, user: User, reason: str, subject: str, context: Mapping[str, object], now: datetime, template: str = ""
) -> None:
    """Twice within a minute is one letter: a double click does not send two links."""
    lasting = {**context, "user": user, "company": company(), "app_url": settings.APP_URL}
    digest = hashlib.sha256(f"{user.pk}:{now:%Y-%m-%dT%H:%M}".encode()).hexdigest()[:16]
    draft = LetterDraft(
        key=f"account:{reason}:{user.pk}:{digest}",
        to_address=user.email,
        to_name=user.name,
        subject=subject,
        text=render_to_string(f"staff/letters/{template or reason}.txt", lasting),
        message_class=MessageClass.STAFF,
        expires_at=now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    )
    enqueue_letter(draft, now=now)
