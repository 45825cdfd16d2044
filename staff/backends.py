"""Log-in by user name or e-mail; an unknown person costs the same time as a wrong password."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from core.fixed import FixedQuery
from staff.models import User

_BY_ID = FixedQuery(lambda pk: User.objects.filter(pk=pk).order_by(), int)


class PasswordBackend(AuthenticationBackend):  # type: ignore[misc]
    def _check_password(self, user: Any, password: str) -> Any:
        """A right password of a deactivated person looks like a wrong one."""
        if user is None:
            return None
        self._did_check_password = True
        return user if user.check_password(password) and self.user_can_authenticate(user) else None

    def get_user(self, user_id: int) -> User | None:
        """Whose session this is: every request asks."""
        user = _BY_ID.first(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
