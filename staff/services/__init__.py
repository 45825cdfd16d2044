"""Writes about people: accounts, invitations, sessions, absences, API tokens."""

from __future__ import annotations

from staff.services.absences import add_absence, remove_absence
from staff.services.sessions import end_sessions
from staff.services.tokens import authenticate_token, effective_scopes, issue_token, revoke_token
from staff.services.users import (
    deactivate_user,
    invite_user,
    reactivate_user,
    request_reset,
    resend_invitation,
    reset_second_factor,
    set_photo,
    update_user,
)

__all__ = [
    "add_absence",
    "authenticate_token",
    "deactivate_user",
    "effective_scopes",
    "end_sessions",
    "invite_user",
    "issue_token",
    "reactivate_user",
    "remove_absence",
    "request_reset",
    "resend_invitation",
    "reset_second_factor",
    "revoke_token",
    "set_photo",
    "update_user",
]
