"""The thank-you letter of every completed order: one per order, one a day per client."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Prefetch
from django.utils.timezone import localdate

from clients.enums import OrderStatus, Source
from clients.letters import LetterRequest, send_to_contacts
from clients.models import Assignment, Contact, Order
from core.queries import company, load_calendar
from gateways.services import withdraw_letters
from work.enums import CoverageKind, FactKind
from work.models import Coverage, PendingFact
from work.queries import policies
from work.rules import letter_time, window

_BATCH = 500
_LOCK = 7_301_002


def plan_thanks(*, now: datetime) -> Mapping[str, int]:
    """Letters wait in the outbox for the client's morning; a client without e-mail is covered without a letter."""
    letters = orders = 0
    after: int | None = 0
    while after is not None:
        with transaction.atomic():
            after, made = _thank_batch(after=after, now=now)
        letters += made[0]
        orders += made[1]
    return {"letters": letters, "orders": orders}


def _thank_batch(*, after: int, now: datetime) -> tuple[int | None, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    owned = Assignment.objects.filter(client=OuterRef("client_id"), ended_at__isnull=True)
    facts = PendingFact.objects.filter(kind=FactKind.THANKS, pk__gt=after).order_by("pk")
    batch = list(facts.annotate(owned=Exists(owned)).values_list("pk", "order_id", "owned")[:_BATCH])
    if not batch:
        return None, (0, 0)
    ready = [(pk, order_id) for pk, order_id, is_owned in batch if is_owned]
    made = _thank(_orders([order_id for _pk, order_id in ready if order_id]), now)
    PendingFact.objects.filter(pk__in=[pk for pk, _order_id in ready]).delete()
    return batch[-1][0], made


def _orders(ids: Sequence[int]) -> list[Order]:
    """Those that are still completed and not thanked for, with the people who may be written to."""
    people = Contact.objects.filter(archived_at__isnull=True).exclude(email="").order_by("-is_primary", "id")
    thanked = Coverage.objects.filter(kind=CoverageKind.THANKS, order=OuterRef("pk"))
    orders = Order.objects.filter(pk__in=ids, status=OrderStatus.COMPLETED, client__archived_at__isnull=True)
    orders = orders.exclude(Exists(thanked)).select_related("client").order_by("pk")
    return list(orders.prefetch_related(Prefetch("client__contacts", people, to_attr="reachable")))


def _thank(orders: Sequence[Order], now: datetime) -> tuple[int, int]:
    hour = company().letter_hour
    wanted = [order for order in _within_window(orders, now) if not (order.amount and order.net <= 0)]
    requests: dict[str, LetterRequest] = {}
    by_key: dict[str, list[Order]] = defaultdict(list)
    for order in wanted:
        send_at = letter_time(max(now, order.completed_at or now), ZoneInfo(order.client.timezone), hour)
        key = f"thanks:{order.client_id}:{send_at:%Y-%m-%d}"
        by_key[key].append(order)
        people: list[Contact] = order.client.reachable  # type: ignore[attr-defined]
        if people and key not in requests:
            requests[key] = LetterRequest(contact=people[0], key=key, template_code="thank_you", send_after=send_at)
    letters = send_to_contacts(list(requests.values()), now=now) if requests else {}
    messages = {key: letter.message_id for key, letter in letters.items()}
    Coverage.objects.bulk_create(
        Coverage(kind=CoverageKind.THANKS, client_id=order.client_id, order=order, message_id=messages.get(key))
        for key, found in by_key.items()
        for order in found
    )
    return len(letters), len(wanted)


def _within_window(orders: Sequence[Order], now: datetime) -> list[Order]:
    """An imported order is thanked for only while its call is still due; others always."""
    if all(order.source != Source.IMPORT for order in orders):
        return list(orders)
    calendar, rules, today = load_calendar(), policies(), localdate(now)

    def is_over(order: Order) -> bool:
        policy = rules[order.client.tier]
        base = localdate(order.completed_at or order.ordered_at)
        return window(
            base, policy.call_from, policy.call_until, calendar, shift=policy.shift_to_workday, today=today
        ).is_late

    return [order for order in orders if order.source != Source.IMPORT or not is_over(order)]


def withdraw_thanks(*, order_ids: Sequence[int], now: datetime) -> int:
    """Nobody is thanked for an order that was cancelled before the letter left, unless it thanks for others too."""
    lost = Coverage.objects.filter(kind=CoverageKind.THANKS, order_id__in=order_ids, message__isnull=False)
    messages = set(lost.values_list("message_id", flat=True))
    others = Coverage.objects.filter(message_id__in=messages).exclude(order__status=OrderStatus.CANCELLED)
    standing = set(others.filter(order__net__gt=0).values_list("message_id", flat=True))
    return withdraw_letters(message_ids=messages - standing, now=now) if messages - standing else 0
