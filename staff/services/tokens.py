"""Keys for other programs: shown once, kept as SHA-256, dead with their owner."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from hmac import compare_digest

from django.db.models import Q
from django.utils.translation import gettext as _

from core.errors import DomainError, ForbiddenError
from core.fixed import FixedQuery
from staff import rules
from staff.enums import Scope
from staff.models import ApiToken, User
from staff.permissions import leads

USED_EVERY = timedelta(minutes=1)
_PREFIX = "acc_"
_ALIVE = FixedQuery(
    lambda digest: ApiToken.objects.select_related("user").filter(digest=digest, revoked_at__isnull=True).order_by(),
    str,
)


def issue_token(
    *, user: User, scopes: Collection[str], actor: User | None, now: datetime, name: str = "", days: int | None = None
) -> tuple[ApiToken, str]:
    """The row and the bare token, which is never readable again. ``actor`` is None on the command line."""
    if actor is not None and actor != user and not leads(actor):
        raise ForbiddenError(_("Only the head or an administrator may issue a token for somebody else."))
    wanted = list(dict.fromkeys(scopes))
    unknown = [scope for scope in wanted if scope not in Scope.values]
    if unknown or not wanted:
        raise DomainError(
            _("Scopes are some of: %(scopes)s.") % {"scopes": ", ".join(Scope.values)},
            fields={"scopes": [", ".join(unknown) or _("none given")]},
        )
    allowed = rules.grantable_scopes(user.roles, is_superuser=user.is_superuser)
    excess = [scope for scope in wanted if scope not in allowed]
    if excess:
        raise ForbiddenError(
            _("The roles of this person do not allow: %(scopes)s.") % {"scopes": ", ".join(excess)},
            fields={"scopes": excess},
        )
    if not user.is_active:
        raise DomainError(_("This person is deactivated."))
    bare = _PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=bare[:8],
        digest=_digest(bare),
        scopes=wanted,
        created_at=now,
        expires_at=now + timedelta(days=days) if days else None,
    )
    return token, bare


def revoke_token(*, token: ApiToken, actor: User, now: datetime) -> None:
    if actor.pk != token.user_id and not leads(actor):
        raise ForbiddenError(_("Only the owner, the head or an administrator may revoke a token."))
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now)


def authenticate_token(*, bare: str, now: datetime) -> ApiToken | None:
    """The living token of a living person, or nothing. Notes its use at most once a minute."""
    digest = _digest(bare)
    token = _ALIVE.first(digest)
    if token is None or not compare_digest(token.digest, digest) or not token.user.is_active:
        return None
    if token.expires_at is not None and token.expires_at <= now:
        return None
    if token.last_used_at is None or token.last_used_at <= now - USED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def effective_scopes(token: ApiToken) -> frozenset[str]:
    """What the token may do today: a role taken from its owner takes the scope away too."""
    allowed = rules.grantable_scopes(token.user.roles, is_superuser=token.user.is_superuser)
    return frozenset(token.scopes) & allowed


def _digest(bare: str) -> str:
    return hashlib.sha256(bare.encode("utf-8", "surrogatepass")).hexdigest()
