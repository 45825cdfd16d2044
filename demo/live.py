"""The last days of the demo: hand-offs in every state, calls, a complaint. Made through the product's own services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.db.models import F
from django.utils.timezone import localdate

from clients.enums import HandoffStatus, ReturnReason
from clients.models import Handoff, Product
from clients.services import ClientData, ContactData, ContractData
from clients.services.handoffs import (
    HandoffData,
    accept_handoff,
    offer_handoff,
    redirect_handoff,
    return_handoff,
    save_draft,
)
from core.enums import AddressForm, Tier
from core.queries import load_calendar
from core.workdays import WorkCalendar
from demo import words
from demo.renewals import make_renewals
from demo.winbacks import make_win_backs
from feedback.enums import ComplaintCategory, InvitationState
from feedback.models import SurveyInvitation, SurveyResponse
from feedback.rules.calls import CallRecord
from feedback.services import (
    Answer,
    ComplaintData,
    open_complaint,
    plan_surveys,
    record_answer,
    resolve_complaint,
    send_surveys,
)
from feedback.services.calls import record_call
from gateways.enums import MessageState
from gateways.models import OutboxMessage
from scripts.queries import current_version
from staff.models import User
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import Touch
from work.services import plan_follow_ups, plan_thanks

#: Days before today that are lived through one by one.
HISTORY_DAYS = 12
MORNING = time(11, 20)
#: Client, contact, greeting, days ago, what became of it.
HANDOFFS = (
    ("ООО «Кедровый стан»", "Максим Орлов", "Привет, Макс!", 10, HandoffStatus.ACCEPTED),
    ("ООО «Белая башня»", "Ирина Ветрова", "", 5, HandoffStatus.ACCEPTED),
    ("АО «Речной фасад»", "Пётр Громов", "", 4, HandoffStatus.ACCEPTED),
    ("ООО «Медный двор»", "Алина Сон", "Алина, добрый день!", 1, HandoffStatus.RETURNED),
    ("ООО «Тихий квартал»", "Роман Ильин", "", 0, HandoffStatus.OFFERED),
    ("ИП «Ладный ремонт»", "Света Ким", "Света, привет!", 0, HandoffStatus.OFFERED),
)


def make_last_days(*, users: Mapping[str, User], seed: int, now: datetime) -> None:
    """Day by day, as it would have happened: what was signed is handed off, then the sweeps look."""
    random = Random(seed + 4)  # noqa: S311 - invented data, not secrets
    products = list(Product.objects.order_by("code"))
    calendar = load_calendar()
    for days in range(HISTORY_DAYS, -1, -1):
        moment = _moment_of(days, now, calendar)
        for number, (name, contact, greeting, age, status) in enumerate(HANDOFFS, start=1):
            if age == days:
                data = _handoff(number, name, contact, greeting, moment, random.choice(products))
                offered = offer_handoff(data=data, digest=f"demo-{number}", actor=users["sergey"], now=moment)
                _answer(offered.handoff, status, moment + timedelta(minutes=30))
        for sweep in (plan_follow_ups, plan_thanks, plan_surveys, send_surveys):
            sweep(now=moment + timedelta(minutes=35))
        _make_calls(random, moment + timedelta(minutes=38))
        _make_answers(random, moment + timedelta(minutes=39))
    # Whoever logs in as the account manager finds somebody waiting.
    last = Handoff.objects.filter(status=HandoffStatus.OFFERED).order_by("pk").last()
    assert last is not None
    redirect_handoff(handoff=last, user=users["anna"], actor=users["olga"], now=now - timedelta(minutes=5))
    typed = {"client-name": ["ООО «Будущий клиент»"], "promises-goal": [words.GOALS[0]]}
    save_draft(key="demo-draft", payload={"form": typed}, actor=users["sergey"], now=now)
    _make_complaints(users, now)
    make_renewals(users=users, seed=seed, now=now)
    make_win_backs(users=users, seed=seed, now=now)
    keep_letters_here(now)


def _moment_of(days: int, now: datetime, calendar: WorkCalendar) -> datetime:
    """Late in the morning of a past day, or of the working day before; the last day ends now."""
    if not days:
        return now - timedelta(minutes=40)
    day = localdate(now) - timedelta(days=days)
    while not calendar.is_workday(day):
        day -= timedelta(days=1)
    return datetime.combine(day, MORNING, calendar.zone)


def _handoff(number: int, name: str, contact: str, greeting: str, moment: datetime, product: Product) -> HandoffData:
    day = localdate(moment)
    return HandoffData(
        source="demo",
        external_id=f"deal-{number}",
        client=ClientData(external_id=f"signed-{number}", name=name, tier=Tier.A if number % 2 else Tier.B),
        contacts=[
            ContactData(
                external_id=f"signed-{number}-1",
                name=contact,
                email=f"contact@signed{number}.example",
                phones=[f"+7912000010{number}"],
                greeting=greeting,
                address_form=AddressForm.TY if "рив" in greeting else AddressForm.VY,
                is_primary=True,
            )
        ],
        contract=ContractData(
            external_id=f"signed-contract-{number}",
            number=f"С-{number}/{day:%y}",
            signed_on=day,
            starts_on=day,
            ends_on=day.replace(year=day.year + 1, day=min(day.day, 28)),
            amount=Decimal(120_000 + 10_000 * number),
            products=[product],
        ),
        goal=words.GOALS[number % len(words.GOALS)],
        promises=words.PROMISES[number % len(words.PROMISES)],
        terms=words.TERMS[number % len(words.TERMS)],
        pains=["deadline", "budget"][: 1 + number % 2],
        industry=words.INDUSTRIES[number % len(words.INDUSTRIES)],
        region=words.REGIONS[0][0],
    )


def _answer(handoff: Handoff, status: HandoffStatus, moment: datetime) -> None:
    assert handoff.proposed_owner is not None
    if status == HandoffStatus.ACCEPTED:
        accept_handoff(handoff=handoff, actor=handoff.proposed_owner, now=moment)
    elif status == HandoffStatus.RETURNED:
        comment = "Нет телефона контакта и срока запуска."
        return_handoff(
            handoff=handoff, reason=ReturnReason.INCOMPLETE, comment=comment, actor=handoff.proposed_owner, now=moment
        )


def _make_calls(random: Random, now: datetime) -> None:
    """Some of the calls whose window is open are made each day, some are tried: a few stay overdue."""
    due = Touch.objects.filter(state=TouchState.OPEN, kind=TouchKind.FOLLOW_UP, due_from__lte=localdate(now))
    version = current_version(TouchKind.FOLLOW_UP)
    questions = list(version.questions.all()) if version else []
    for touch in due.select_related("assignee").order_by("id"):
        dice = random.random()
        if dice < 0.3:
            answers = {question.pk: random.choice(words.PRAISE) for question in questions[:2]}
            record = CallRecord(CallOutcome.REACHED, note="Доволен, ждёт отчёт.", answers=answers, no_next=True)
        elif dice < 0.45:
            record = CallRecord(CallOutcome.NO_ANSWER)
        else:
            continue
        record_call(touch=touch, actor=touch.assignee, record=record, now=now)


def _make_answers(random: Random, now: datetime) -> None:
    """Every third of those asked answers at once; a low score opens its complaint by itself."""
    asked = SurveyInvitation.objects.filter(state=InvitationState.SENT, sent_at__gte=now - timedelta(minutes=10))
    for invitation in asked.order_by("id"):
        if random.random() < 0.34:
            score = random.choice((10, 10, 9, 9, 8, 8, 7, 5))
            said = words.BLAME if score <= 6 else words.PRAISE
            answer = Answer(score=score, comment=random.choice(said))
            record_answer(invitation_id=invitation.pk, answer=answer, now=now)


def _make_complaints(users: Mapping[str, User], now: datetime) -> None:
    """Two of the latest low scores became complaints, one of them is solved."""
    low = (
        SurveyResponse.objects.filter(score__lte=6, complaint=None)
        .select_related("client")
        .order_by("-answered_at", "id")[:3]
    )
    for place, response in enumerate(low):
        data = ComplaintData(category=ComplaintCategory.SERVICE, what_happened=response.comment or words.BLAME[place])
        opened = now - timedelta(days=2 - place, hours=1)
        complaint = open_complaint(client=response.client, data=data, actor=None, now=opened, response=response)
        if place == 0:
            resolve_complaint(
                complaint=complaint,
                resolution="Извинились, дали неделю размещения в подарок.",
                actor=users["anna"],
                now=now,
            )


def keep_letters_here(now: datetime) -> None:
    """Letters of invented days never leave the house, whatever mail server is set."""
    OutboxMessage.objects.filter(state=MessageState.QUEUED).update(
        state=MessageState.SENT, sent_at=now, delivered_locally=True, attempts=F("attempts") + 1
    )
