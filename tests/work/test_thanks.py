from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from clients.enums import AssignmentReason, OrderStatus, Source
from clients.models import Assignment, Client, ClientLetter, Contact, Order
from gateways.enums import MessageState
from gateways.models import OutboxMessage
from staff.enums import Role
from tests.factories import make_client, make_order, make_user
from work.enums import CoverageKind, FactKind
from work.models import Coverage, PendingFact
from work.rules import letter_time
from work.services import plan_follow_ups, plan_thanks

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 11, 16, 12, tzinfo=MOSCOW)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_() -> Client:
    client = make_client(make_user(Role.AM), timezone="Asia/Novosibirsk")
    Contact.objects.create(client=client, name="Максим Орлов", email="max@example.ru", greeting="Привет, Макс!")
    return client


def thanks() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(key__startswith="thanks:").order_by("send_after"))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 16, 2, tzinfo=UTC), datetime(2026, 11, 16, 3, tzinfo=UTC)),  # nine in Novosibirsk
        (datetime(2026, 11, 16, 3, tzinfo=UTC), datetime(2026, 11, 16, 3, tzinfo=UTC)),
        (datetime(2026, 11, 16, 3, 1, tzinfo=UTC), datetime(2026, 11, 17, 3, tzinfo=UTC)),
        (datetime(2026, 12, 31, 17, 30, tzinfo=UTC), datetime(2027, 1, 1, 3, tzinfo=UTC)),
    ],
)
def test_letter_leaves_at_ten_of_the_clients_time(moment: datetime, expected: datetime) -> None:
    assert letter_time(moment, ZoneInfo("Asia/Novosibirsk"), 10) == expected


def test_completed_order_is_thanked_for_once(client_: Client) -> None:
    order = make_order(client_, MONDAY)
    assert plan_thanks(now=MONDAY) == {"letters": 1, "orders": 1}
    assert plan_thanks(now=MONDAY) == {"letters": 0, "orders": 0}
    letter = ClientLetter.objects.get()
    assert (letter.message.to_address, letter.template_code) == ("max@example.ru", "thank_you")
    assert letter.message.send_after == datetime(2026, 11, 17, 3, tzinfo=UTC)
    assert "Привет, Макс!" in letter.message.text
    assert Coverage.objects.get().message == letter.message
    assert Coverage.objects.get().order == order


def test_orders_of_one_day_share_a_letter_and_other_days_have_their_own(client_: Client) -> None:
    make_order(client_, MONDAY)
    plan_thanks(now=MONDAY)
    make_order(client_, MONDAY + timedelta(hours=1))
    make_order(client_, MONDAY + timedelta(hours=1))
    plan_thanks(now=MONDAY + timedelta(hours=1))
    make_order(client_, MONDAY + timedelta(days=1))
    plan_thanks(now=MONDAY + timedelta(days=1))
    assert len(thanks()) == 2
    assert Coverage.objects.filter(message=thanks()[0]).count() == 3


def test_client_without_email_is_covered_without_a_letter(client_: Client) -> None:
    Contact.objects.update(email="")
    make_order(client_, MONDAY)
    assert plan_thanks(now=MONDAY) == {"letters": 0, "orders": 1}
    assert Coverage.objects.get(kind=CoverageKind.THANKS).message is None


def test_second_contact_is_written_to_when_the_main_one_has_no_email(client_: Client) -> None:
    Contact.objects.update(email="", is_primary=True)
    Contact.objects.create(client=client_, name="Анна", email="anna@example.ru")
    make_order(client_, MONDAY)
    plan_thanks(now=MONDAY)
    assert thanks()[0].to_address == "anna@example.ru"


@pytest.mark.parametrize(("days_ago", "letters"), [(4, 1), (8, 0)])
def test_imported_order_is_thanked_for_only_within_its_window(client_: Client, days_ago: int, letters: int) -> None:
    make_order(client_, MONDAY - timedelta(days=days_ago), source=Source.IMPORT)
    make_order(client_, MONDAY - timedelta(days=400), source=Source.MANUAL, status=OrderStatus.NEW)
    assert plan_thanks(now=MONDAY)["letters"] == letters


def test_old_order_of_our_own_is_thanked_for(client_: Client) -> None:
    make_order(client_, MONDAY - timedelta(days=400), source=Source.API)
    assert plan_thanks(now=MONDAY)["letters"] == 1


@pytest.mark.parametrize("change", [{"status": OrderStatus.CANCELLED}, {"refunded_amount": 1000}])
def test_order_lost_before_its_letter_is_not_thanked_for(client_: Client, change: dict[str, object]) -> None:
    make_order(client_, MONDAY)
    Order.objects.update(**change)
    assert plan_thanks(now=MONDAY)["orders"] == 0


def test_letter_is_withdrawn_when_every_order_of_it_is_lost(client_: Client) -> None:
    first, second = make_order(client_, MONDAY), make_order(client_, MONDAY)
    plan_thanks(now=MONDAY)
    first.status = OrderStatus.CANCELLED
    first.save()
    plan_follow_ups(now=MONDAY)
    assert thanks()[0].state == MessageState.QUEUED
    second.refunded_amount = second.amount
    second.save()
    plan_follow_ups(now=MONDAY)
    assert thanks()[0].state == MessageState.CANCELLED


def test_client_without_an_owner_waits(client_: Client) -> None:
    Assignment.objects.update(ended_at="2100-01-01T00:00Z")
    make_order(client_, MONDAY)
    assert plan_thanks(now=MONDAY)["letters"] == 0
    Assignment.objects.create(client=client_, user=make_user(Role.AM), reason=AssignmentReason.TRANSFER)
    assert plan_thanks(now=MONDAY)["letters"] == 1
    assert not PendingFact.objects.filter(kind=FactKind.THANKS).exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_sweeps_at_once_thank_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from clients.models import LetterTemplate

    LetterTemplate.objects.get_or_create(code="thank_you", language="ru", defaults={"subject": "!", "body": "!"})
    owner = make_user(Role.AM)
    for number in range(10):
        client = make_client(owner)
        Contact.objects.create(client=client, name="Макс", email=f"max{number}@example.ru")
        make_order(client, MONDAY)
    barrier = Barrier(4)

    def run() -> None:
        barrier.wait()
        plan_thanks(now=MONDAY)
        connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(thanks()) == 10
    assert Coverage.objects.count() == 10
