"""Writes about people: accounts, invitations, sessions, API tokens."""

from __future__ import annotations

from staff.services.tokens import authenticate_token, issue_token, revoke_token

__all__ = ["authenticate_token", "issue_token", "revoke_token"]
