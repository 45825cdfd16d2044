"""What the public page knows about an invitation."""

from __future__ import annotations

from feedback.models import SurveyInvitation


def invitation_by_digest(digest: str) -> SurveyInvitation | None:
    """The invitation behind a link, with everything its page shows: one query, found or not."""
    rows = SurveyInvitation.objects.select_related("client", "contact", "response")
    return rows.filter(token_digest=digest).first()
