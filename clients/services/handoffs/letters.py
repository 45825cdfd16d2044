"""Letters to colleagues about a hand-off, each in the reader's language, written in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from clients.letters import send_to_staff
from clients.models import Handoff, SalesRequest
from gateways.enums import MessageClass
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
    send_to_staff(
        user=handoff.salesperson,
        template_code="handoff_accepted",
        key=_key(handoff, "accepted"),
        now=now,
        extra={"client": str(handoff.client), "owner": str(handoff.accepted_by), "link": _link(handoff)},
    )


def tell_returned(handoff: Handoff, *, now: datetime, actor: User) -> None:
    reader = handoff.salesperson
    with translation.override(reader.language):
        reason = str(handoff.get_return_reason_display())
    send_to_staff(
        user=reader,
        template_code="handoff_returned",
        key=_key(handoff, "returned"),
        now=now,
        extra={
            "client": str(handoff.client),
            "owner": str(actor),
            "reason": reason,
            "comment": handoff.return_comment,
            "link": _link(handoff),
        },
    )


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
    send_to_staff(
        user=request.salesperson,
        template_code="handoff_asked_back",
        key=f"sales-request:{request.pk}",
        now=now,
        reply_to=request.asked_by.email,
        extra={
            "client": str(request.client),
            "owner": str(request.asked_by),
            "comment": request.text,
            "link": f"{settings.APP_URL}/handoffs/",
        },
    )


def _write(handoff: Handoff, reader: User, what: str, subject: str, lines: list[str], now: datetime) -> None:
    if not reader.email:
        return
    draft = LetterDraft(
        key=_key(handoff, what),
        to_address=reader.email,
        to_name=str(reader),
        subject=subject,
        text="\n\n".join([*lines, _link(handoff)]),
        message_class=MessageClass.STAFF,
    )
    enqueue_letters([draft], now=now)


def _key(handoff: Handoff, what: str) -> str:
    return f"handoff:{handoff.pk}:{what}:{handoff.version}"


def _link(handoff: Handoff) -> str:
    return f"{settings.APP_URL}/handoffs/{handoff.pk}/"


def _moment(moment: datetime | None, reader: User) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT") if moment else ""
