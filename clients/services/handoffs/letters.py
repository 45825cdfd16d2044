"""Letters to colleagues about a hand-off, each in the reader's language, written in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from clients.models import Handoff, SalesRequest
from gateways.services import LetterDraft, enqueue_letters
from staff.models import User


def tell_offered(handoff: Handoff, *, now: datetime) -> None:
    reader = handoff.proposed_owner
    if reader is None or not reader.email:
        return
    with translation.override(reader.language):
        subject = _("A new client for you: %(client)s") % {"client": handoff.client}
        text = _("%(sales)s handed %(client)s over to you. Please accept or return the hand-off by %(time)s.") % {
            "sales": handoff.salesperson,
            "client": handoff.client,
            "time": _moment(handoff.accept_by, reader),
        }
        _write(handoff, reader, "offered", subject, [text, _("The client's goal: %s") % handoff.goal], now)


def tell_accepted(handoff: Handoff, *, now: datetime) -> None:
    reader = handoff.salesperson
    with translation.override(reader.language):
        subject = _("Accepted: %(client)s") % {"client": handoff.client}
        text = _("%(manager)s accepted %(client)s and looks after the client from now on.") % {
            "manager": handoff.accepted_by,
            "client": handoff.client,
        }
        _write(handoff, reader, "accepted", subject, [text], now)


def tell_returned(handoff: Handoff, *, now: datetime, actor: User) -> None:
    reader = handoff.salesperson
    with translation.override(reader.language):
        subject = _("Returned: %(client)s") % {"client": handoff.client}
        lines = [
            _("%(manager)s returned the hand-off of %(client)s. Reason: %(reason)s.")
            % {"manager": actor, "client": handoff.client, "reason": handoff.get_return_reason_display()},
            handoff.return_comment,
            _("Correct it and send it again."),
        ]
        _write(handoff, reader, "returned", subject, lines, now)


def tell_overdue(handoff: Handoff, head: User, *, now: datetime) -> None:
    with translation.override(head.language):
        subject = _("Not accepted in time: %(client)s") % {"client": handoff.client}
        text = _("%(manager)s did not accept %(client)s by %(time)s. The client is with you until somebody does.") % {
            "manager": handoff.proposed_owner,
            "client": handoff.client,
            "time": _moment(handoff.accept_by, head),
        }
        _write(handoff, head, "overdue", subject, [text], now)


def tell_asked_back(request: SalesRequest, *, now: datetime) -> None:
    reader = request.salesperson
    if not reader.email:
        return
    with translation.override(reader.language):
        subject = _("A new project: %(client)s") % {"client": request.client}
        text = _("%(manager)s asks you back in: %(client)s wants a new project.") % {
            "manager": request.asked_by,
            "client": request.client,
        }
        body = "\n\n".join([text, request.text, f"{settings.APP_URL}/handoffs/"])
    draft = LetterDraft(
        key=f"sales-request:{request.pk}",
        to_address=reader.email,
        to_name=str(reader),
        reply_to=request.asked_by.email,
        subject=subject,
        text=body,
    )
    enqueue_letters([draft], now=now)


def _write(handoff: Handoff, reader: User, what: str, subject: str, lines: list[str], now: datetime) -> None:
    if not reader.email:
        return
    link = f"{settings.APP_URL}/handoffs/{handoff.pk}/"
    draft = LetterDraft(
        key=f"handoff:{handoff.pk}:{what}:{handoff.version}",
        to_address=reader.email,
        to_name=str(reader),
        subject=subject,
        text="\n\n".join([*filter(None, lines), link]),
    )
    enqueue_letters([draft], now=now)


def _moment(moment: datetime | None, reader: User) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT") if moment else ""
