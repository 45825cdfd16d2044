"""Where the log-in library meets this product: no sign-up, letters through the outbox, secrets encrypted."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from staff.models import User
from staff.services.letters import send_notice, send_reset

NOTICES = {
    "password_changed": _("Your password has been changed."),
    "password_set": _("Your password has been set."),
    "password_reset": _("Your password has been changed by a link from a letter."),
    "recovery_codes_generated": _("New recovery codes have been made; the old ones no longer work."),
    "totp_activated": _("An authenticator app has been added to your account."),
    "totp_deactivated": _("The authenticator app has been removed from your account."),
    "webauthn_added": _("A key has been added to your account."),
    "webauthn_removed": _("A key has been removed from your account."),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The name or the password is wrong."),
        "email_password_mismatch": _("The name or the password is wrong."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come by invitation only."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this product: never another host, even an allowed one."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None) and str(url).startswith("/")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Tries are counted in the database (``staff.login``), not in a cache that may be away."""

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        send_reset(user=user, now=now())

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tells a person that his password or second factor has changed."""
        what = NOTICES.get(template_prefix.rpartition("/")[2])
        if what is not None and user.email:
            send_notice(user=user, what=what, now=now())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every letter of this product is known by name; the library sends none of its own."""


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of the second factor are encrypted with a key of their own."""

    def encrypt(self, text: str) -> str:
        return str(_cipher().encrypt(text.encode()), "ascii")

    def decrypt(self, encrypted_text: str) -> str:
        return str(_cipher().decrypt(encrypted_text.encode()), "utf-8")


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(b"second-factor:" + str(key).encode()).digest() for key in keys)
    return MultiFernet(Fernet(base64.urlsafe_b64encode(digest)) for digest in digests)
