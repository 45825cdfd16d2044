"""The API's door: a bearer token is a person with a list of scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from staff.models import ApiToken, User
from staff.services.tokens import authenticate_token, effective_scopes

if TYPE_CHECKING:  # the framework imports this module while it imports its views
    from rest_framework.views import APIView


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer TOKEN``. Without the header the request is anonymous and gets 401."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != self.keyword.lower().encode():
            return None
        if len(parts) != 2:
            raise AuthenticationFailed(_("The header must read: Authorization: Bearer TOKEN."))
        token = authenticate_token(bare=parts[1].decode("latin-1"), now=now())
        if token is None:
            raise AuthenticationFailed(_("The token is wrong, expired or revoked."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


class HasScope(BasePermission):
    """A view names what it needs: ``required_scopes = {"GET": Scope.CLIENTS_READ, "POST": …}`` or one scope for all."""

    message = _("The token does not have the scope that this needs.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        needed: Any = getattr(view, "required_scopes", None)
        if isinstance(needed, dict):
            needed = needed.get("GET" if request.method in {"HEAD", "OPTIONS"} else request.method)
        return needed is not None and isinstance(request.auth, ApiToken) and needed in effective_scopes(request.auth)
