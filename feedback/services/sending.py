"""Survey letters: the invitation, one reminder, the end."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind, OrderStatus
from clients.letters import LetterRequest, send_to_contacts
from clients.models import Assignment, Contact
from clients.services import new_event, record_events
from core.models import Company
from core.queries import company as load_company
from feedback.enums import InvitationState
from feedback.models import SurveyCoverage, SurveyInvitation
from feedback.rules import surveys as rules
from gateways.enums import MessageClass, MessageState
from gateways.models import OutboxMessage
from work.enums import TouchKind, TouchState
from work.models import Touch, TouchPolicy
from work.queries import policies

_BATCH = 200


def send_surveys(*, now: datetime) -> Mapping[str, int]:
    """Sends what is due by the client's own clock, reminds once, closes what nobody answered."""
    counts = Counter(close_surveys(now=now))
    company = load_company()
    rules_of = policies()
    steps = (("sent", _to_send(), "send_on", _invite), ("reminded", _to_remind(), "remind_on", _remind))
    for name, due, day, handle in steps:
        for ids in _batched(_ready(due, day, company, now)):
            with transaction.atomic():
                locked = due.filter(pk__in=ids).select_for_update(of=("self",), skip_locked=True)
                rows = list(locked.select_related("client", "contact").order_by("pk"))
                counts[name] += handle(rows, rules_of, now)
    counts["called"] = _call_instead(now)
    return counts


def close_surveys(*, now: datetime) -> Mapping[str, int]:
    """Ends invitations whose last day is over, whose call is done without a score, or whose reason is gone."""
    live_orders = SurveyCoverage.objects.filter(invitation=OuterRef("pk")).exclude(order__status=OrderStatus.CANCELLED)
    over = Q(state=InvitationState.SENT, closes_on__lt=localdate(now))
    called = Q(state=InvitationState.PLANNED, touch__isnull=False) & ~Q(touch__state=TouchState.OPEN)
    pointless = Q(state=InvitationState.PLANNED, touch__isnull=True, send_on__lte=localdate(now)) & (
        Q(client__archived_at__isnull=False) | (Q(coverages__isnull=False) & ~Exists(live_orders))
    )
    closed = 0
    for why in (over, called, pointless):
        ids = SurveyInvitation.objects.filter(why).values("pk")
        closed += SurveyInvitation.objects.filter(pk__in=ids).update(
            state=InvitationState.CLOSED, ended_at=now, updated_at=now
        )
    return {"closed": closed}


def _call_instead(now: datetime) -> int:
    """A letter that failed for good leaves the client unasked: the survey goes on by phone while its window lasts."""
    key = Concat(Value("survey:"), Cast(OuterRef("pk"), CharField()))
    failed = Exists(OutboxMessage.objects.filter(key=key, state=MessageState.FAILED))
    waiting = SurveyInvitation.objects.filter(
        failed, state=InvitationState.SENT, touch__isnull=True, closes_on__gte=localdate(now)
    )
    with transaction.atomic():
        rows = list(waiting.select_for_update(of=("self",), skip_locked=True).select_related("client").order_by("pk"))
        for invitation in rows:
            invitation.state = InvitationState.PLANNED
        with translation.override(settings.LANGUAGE_CODE):
            _turn_into_calls(rows, now, subject=_("The survey letter did not arrive: ask by phone, check the e-mail."))
    return len(rows)


def _to_send() -> QuerySet[SurveyInvitation]:
    return SurveyInvitation.objects.filter(state=InvitationState.PLANNED, touch__isnull=True)


def _to_remind() -> QuerySet[SurveyInvitation]:
    return SurveyInvitation.objects.filter(state=InvitationState.SENT, reminded_at__isnull=True)


def _ready(due: QuerySet[SurveyInvitation], day_field: str, company: Company, now: datetime) -> list[int]:
    """Those for whom it is time by the client's clock; the earliest clock on earth is fourteen hours ahead."""
    horizon = (now.astimezone(UTC) + timedelta(hours=14 - company.letter_hour)).date()
    rows = due.filter(**{f"{day_field}__lte": horizon}).order_by("pk").values_list("pk", "client__timezone", day_field)
    return [pk for pk, zone, day in rows if rules.may_leave(now, zone, day=day, hour=company.letter_hour)]


def _batched(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _invite(invitations: Sequence[SurveyInvitation], rules_of: Mapping[str, TouchPolicy], now: datetime) -> int:
    reached = _with_address(invitations, now)
    for invitation in reached:
        policy = rules_of[invitation.client.tier]
        today = rules.local_time(now, invitation.client.timezone).date()
        length = policy.survey_until - policy.survey_from
        invitation.is_late = invitation.is_late or invitation.closes_on < today
        invitation.closes_on = rules.response_window(invitation.closes_on, today=today, length=length)
        invitation.remind_on = rules.remind_on(today, invitation.closes_on, policy.remind_after)
        invitation.state, invitation.sent_at = InvitationState.SENT, now
        invitation.nonce = secrets.token_hex(16)
    _write(reached, "survey", now)
    record_events(
        [
            new_event(
                client_id=invitation.client_id,
                kind=EventKind.SURVEY_SENT,
                at=now,
                summary=cast("Contact", invitation.contact).name,
                subject=invitation,
            )
            for invitation in reached
        ]
    )
    return len(reached)


def _remind(invitations: Sequence[SurveyInvitation], rules_of: Mapping[str, TouchPolicy], now: datetime) -> int:
    reached = [row for row in invitations if row.contact and row.contact.email and not row.contact.archived_at]
    for invitation in invitations:
        invitation.reminded_at = now
    _write(reached, "survey_reminder", now)
    SurveyInvitation.objects.filter(pk__in=[row.pk for row in invitations]).update(reminded_at=now)
    return len(reached)


def _write(invitations: Sequence[SurveyInvitation], template: str, now: datetime) -> None:
    """Letters and the rows they belong to, in the caller's transaction."""
    requests = []
    for invitation in invitations:
        keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
        token = rules.find_token(keys, invitation.pk, invitation.nonce, invitation.token_digest)
        invitation.token_digest = rules.token_digest(token)
        requests.append(
            LetterRequest(
                contact=cast("Contact", invitation.contact),
                key=f"{template}:{invitation.pk}",
                template_code=template,
                message_class=MessageClass.SURVEY,
                expires_at=_end_of(invitation),
                extra={"survey_url": f"{settings.APP_URL}/s/{token}/"},
            )
        )
    send_to_contacts(requests, now=now)
    for invitation in invitations:
        invitation.updated_at = now
    SurveyInvitation.objects.bulk_update(
        invitations,
        ["state", "contact", "token_digest", "nonce", "closes_on", "remind_on", "is_late", "sent_at", "updated_at"],
    )


def _end_of(invitation: SurveyInvitation) -> datetime:
    zone = ZoneInfo(settings.TIME_ZONE)
    return datetime.combine(invitation.closes_on + timedelta(days=1), time(0), zone)


def _with_address(invitations: Sequence[SurveyInvitation], now: datetime) -> list[SurveyInvitation]:
    """Contacts come and go between planning and sending: whoever has an e-mail now; nobody – a call instead."""
    people: dict[int, Contact] = {}
    candidates = Contact.objects.filter(
        client_id__in={row.client_id for row in invitations}, archived_at__isnull=True
    ).exclude(email="")
    for person in candidates.select_related("client").order_by("client_id", "-is_primary", "id"):
        people.setdefault(person.client_id, person)
    reached = []
    for invitation in invitations:
        contact = invitation.contact
        if contact is None or not contact.email or contact.archived_at is not None:
            contact = people.get(invitation.client_id)
        if contact is not None:
            invitation.contact = contact
            reached.append(invitation)
    _turn_into_calls([row for row in invitations if row not in reached], now)
    return reached


def _turn_into_calls(invitations: Sequence[SurveyInvitation], now: datetime, *, subject: str = "") -> None:
    if not invitations:
        return
    today = localdate(now)
    owners = dict(
        Assignment.objects.filter(
            client_id__in=[row.client_id for row in invitations], ended_at__isnull=True
        ).values_list("client_id", "user_id")
    )
    for invitation in invitations:
        invitation.touch = Touch.objects.create(
            client=invitation.client,
            kind=TouchKind.SURVEY_CALL,
            subject=subject,
            assignee_id=owners[invitation.client_id],
            due_from=today,
            due_on=max(today, invitation.closes_on),
            is_late=invitation.closes_on < today,
            rule=f"survey:call:{invitation.pk}",
        )
        invitation.save(update_fields=["state", "touch", "contact", "updated_at"])
