"""The head is told at once that a manager and the signal see one client differently, the manager what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from clients.letters import send_to_staff
from retention.models import Renewal
from staff.enums import Role
from staff.models import User


def heads() -> list[User]:
    return list(User.objects.filter(is_active=True, roles__contains=[Role.HEAD]).order_by("pk"))


def tell_of_disputes(ids: Sequence[int], *, now: datetime) -> None:
    """One line per renewal and head: many at once are one letter."""
    if not ids:
        return
    renewals = list(Renewal.objects.filter(pk__in=ids).select_related("client", "contract").order_by("due_on", "pk"))
    lines = [f"{row.client.name}, {row.contract.number}, {row.due_on:%d.%m.%Y}" for row in renewals[:20]]
    for head in heads():
        send_to_staff(
            user=head,
            template_code="renewal_disputed",
            key=f"renewal:disputed:{renewals[0].pk}:{len(renewals)}:{now:%Y%m%dT%H%M%S}:to:{head.pk}",
            now=now,
            extra={"comment": "\n".join(lines), "link": settings.APP_URL + reverse("renewals:disputes")},
        )


def tell_of_verdict(renewal: Renewal, note: str, *, actor: User, now: datetime) -> None:
    """To whoever gave the opinion: whom the head believes, and what is to be done."""
    author = renewal.opinion_by
    if author is None or author.pk == actor.pk or not author.is_active:
        return
    with translation.override(author.language):
        reason = str(renewal.get_verdict_display())
    send_to_staff(
        user=author,
        template_code="renewal_decided",
        key=f"renewal:decided:{renewal.pk}:{renewal.version}",
        now=now,
        extra={
            "client": renewal.client.name,
            "reason": reason,
            "comment": note,
            "link": settings.APP_URL + reverse("renewals:page", args=[renewal.pk]),
        },
    )
