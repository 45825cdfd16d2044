from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.template.loader import render_to_string
from django.test import Client as Browser
from django.utils import timezone

from clients.enums import EventKind, HandoffStatus
from clients.models import Client, Handoff, Product, StoredFile
from clients.services import record_event
from feedback.models import Complaint, SurveyResponse
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contact, make_contract, make_order, make_user
from work.models import Touch

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM, name="Анна Ким", phone="+74951234567")


@pytest.fixture
def web(client: Browser, owner: User) -> Browser:
    client.force_login(owner)
    return client


def fill(client: Client, owner: User, number: int) -> None:
    product = Product.objects.create(code=f"p{number}", name="Реклама")
    today = timezone.localdate()
    for place in range(number):
        make_contact(client, f"+7913000{place:04}", f"+7914000{place:04}")
        make_contract(client, today, ends_on=today + timedelta(days=20)).products.add(product)
        make_order(client, timezone.now()).products.add(product)
        make_client(owner, parent=client)
        Touch.objects.create(client=client, kind="planned", assignee=owner, due_from=today, due_on=today)
        SurveyResponse.objects.create(client=client, scale="csat10", score=9)
        Complaint.objects.create(
            client=client, what_happened="!", responsible=owner, deadline=timezone.now(), resolution="."
        )
        StoredFile.objects.create(
            client=client, name="a.pdf", content="files/a.pdf", content_type="application/pdf", size=1, sha256="",
            uploaded_by=owner,
        )  # fmt: skip
        record_event(client_id=client.pk, kind=EventKind.NOTE, at=timezone.now(), actor=owner, summary="Заметка")


@pytest.mark.parametrize("number", [1, 3])
def test_card_takes_fifteen_queries(web: Browser, owner: User, django_assert_num_queries: Any, number: int) -> None:
    client = make_client(owner)
    fill(client, owner, number)
    web.get(f"/clients/{client.pk}/")
    with django_assert_num_queries(15):
        response = web.get(f"/clients/{client.pk}/")
    assert len(response.context["contacts"]) == number
    assert len(response.context["orders"]) == number


def test_empty_card_offers_what_to_begin_with(web: Browser, owner: User) -> None:
    client = make_client(owner, archived_at=timezone.now())
    text = web.get(f"/clients/{client.pk}/").content.decode()
    for part in ("contacts/new/", "contracts/new/", "orders/new/", "files/", "restore/"):
        assert f"/clients/{client.pk}/{part}" in text


def test_timeline_loads_more_and_filters_by_kind(web: Browser, owner: User) -> None:
    client = make_client(owner)
    now = timezone.now()
    for place in range(25):
        record_event(client_id=client.pk, kind=EventKind.NOTE, at=now - timedelta(hours=place), summary=f"з{place}")
    record_event(client_id=client.pk, kind=EventKind.ORDER_COMPLETED, at=now, data={"amount": "1200.50"})
    record_event(client_id=client.pk, kind=EventKind.ORDER_REFUNDED, at=now, data={"amount": "?"})
    record_event(client_id=client.pk, kind=EventKind.CONTACT_CHANGED, at=now, data={"fields": ["phones", "name", "x"]})
    first = web.get(f"/clients/{client.pk}/?events=talk")
    assert [event.text for event in first.context["events"]] == [f"з{n}" for n in range(20)]
    more = web.get(
        f"/clients/{client.pk}/?events=talk&after={first.context['next_cursor']}",
        headers={"HX-Request": "true", "HX-Target": "timeline-more"},
    )
    assert [event.text for event in more.context["events"]] == [f"з{n}" for n in range(20, 25)]
    assert b"<html" not in more.content
    money = web.get(f"/clients/{client.pk}/?events=money").context["events"]
    assert {event.text for event in money} == {"1\u00a0200,50\u00a0₽", "?"}
    assert web.get(f"/clients/{client.pk}/?events=drop").context["group"] == ""
    card = web.get(f"/clients/{client.pk}/?events=card").context["events"]
    assert card[0].text.endswith("x")


def test_card_tells_states_of_contracts(web: Browser, owner: User) -> None:
    client, today = make_client(owner), timezone.localdate()
    for starts, values in (
        (5, {}), (0, {}), (-9, {"ends_on": today - timedelta(days=1)}), (-9, {"ends_on": today + timedelta(days=9)}),
        (-9, {"ends_on": today + timedelta(days=99)}), (-9, {"terminated_on": today - timedelta(days=1)}),
    ):  # fmt: skip
        make_contract(client, today - timedelta(days=20), today + timedelta(days=starts), **values)
    states = {state for _row, state, _tone in web.get(f"/clients/{client.pk}/contracts/").context["contracts"]}
    assert states == {"ahead", "open", "ended", "soon", "runs", "terminated"}


@pytest.mark.parametrize(("days", "state"), [(None, "runs"), (-1, "terminated"), (9, "soon")])
def test_card_knows_that_a_contract_prolongs_itself(web: Browser, owner: User, days: int | None, state: str) -> None:
    client, today = make_client(owner), timezone.localdate()
    stop = None if days is None else today + timedelta(days=days)
    start = today - timedelta(days=99)
    make_contract(client, start, ends_on=today - timedelta(days=40), prolongation_months=1, terminated_on=stop)
    [(_row, shown, _tone)] = web.get(f"/clients/{client.pk}/contracts/").context["contracts"]
    assert shown == state


@pytest.mark.parametrize(
    ("ends", "months", "stop", "said"),
    [
        (date(2026, 5, 31), None, None, "31 мая 2026"),
        (date(2026, 5, 31), None, date(2026, 3, 15), "15 мар 2026"),
        (date(2026, 5, 31), 12, None, "продлевается сам"),
        (date(2026, 5, 31), 12, date(2027, 8, 2), "2 авг 2027"),
        (None, None, None, "бессрочный"),
    ],
)
def test_until_when_a_contract_goes_on(
    owner: User, ends: date | None, months: int | None, stop: date | None, said: str
) -> None:
    contract = make_contract(
        make_client(owner), date(2026, 1, 1), ends_on=ends, prolongation_months=months, terminated_on=stop
    )
    contract.refresh_from_db()
    with time_machine.travel("2030-01-01T12:00:00+03:00", tick=False):
        text = render_to_string("clients/_last_day.html", {"contract": contract})
    assert text.strip().replace("\xa0", " ") == said


def test_card_shows_five_contracts_and_orders_and_leads_to_the_rest(web: Browser, owner: User) -> None:
    client, now = make_client(owner), timezone.now()
    for place in range(5):
        make_contract(client, timezone.localdate())
        make_order(client, now - timedelta(days=place))
    card = web.get(f"/clients/{client.pk}/")
    assert (card.context["more_contracts"], card.context["more_orders"]) == (False, False)
    make_contract(client, timezone.localdate())
    make_order(client, now)
    card = web.get(f"/clients/{client.pk}/")
    assert (len(card.context["contracts"]), len(card.context["orders"])) == (5, 5)
    for name in ("contracts", "orders"):
        url = f"/clients/{client.pk}/{name}/"
        assert f'href="{url}"' in card.content.decode()
        assert len(web.get(url).context[name]) == 6


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("name", ["contracts", "orders"])
def test_page_of_contracts_or_orders_takes_four_queries(
    web: Browser, owner: User, django_assert_num_queries: Any, name: str, number: int
) -> None:
    client = make_client(owner)
    fill(client, owner, number)
    with django_assert_num_queries(4):
        response = web.get(f"/clients/{client.pk}/{name}/")
    assert len(response.context[name]) == number


def test_salesperson_reads_what_was_handed_off_and_changes_nothing(client: Browser, owner: User) -> None:
    mine, foreign = make_client(owner), make_client(owner)
    sales = make_user(Role.SALES)
    contract = make_contract(mine, timezone.localdate())
    Handoff.objects.create(
        salesperson=sales, client=mine, contract=contract, status=HandoffStatus.OFFERED, proposed_owner=owner,
        offered_at=timezone.now(),
    )  # fmt: skip
    day = timezone.localdate()
    Touch.objects.create(
        client=mine, kind="urgent", subject="Жалоба: Отчёт опоздал", assignee=owner, due_from=day, due_on=day
    )
    now = timezone.now()
    record_event(client_id=mine.pk, kind=EventKind.CONTRACT_SIGNED, at=now, summary="Договор 7")
    for kind in (EventKind.NOTE, EventKind.CALL, EventKind.LETTER, EventKind.REFUSED, EventKind.COMPLAINT_OPENED):
        record_event(client_id=mine.pk, kind=kind, at=now, summary="Между нами")
    client.force_login(sales)
    card = client.get(f"/clients/{mine.pk}/")
    assert (card.status_code, card.context["may_edit"]) == (200, False)
    assert [tab["url"] for tab in card.context["event_tabs"]] == [
        "?#timeline", "?events=money#timeline", "?events=card#timeline",
    ]  # fmt: skip
    assert "Договор 7" in card.content.decode()
    assert "Между нами" not in client.get(f"/clients/{mine.pk}/?events=keep").content.decode()
    for closed in (f"/clients/{mine.pk}/edit/", "/calls/", "/touches/", "Отчёт опоздал", "Между нами"):
        assert closed not in card.content.decode()
    assert client.get(f"/clients/{foreign.pk}/").status_code == 404
    for path in ("edit/", "archive/", "notes/", "letter/", "files/", "contacts/new/", "contracts/new/", "orders/new/"):
        assert client.post(f"/clients/{mine.pk}/{path}").status_code == 403, path
    client.logout()
    assert client.get(f"/clients/{mine.pk}/").status_code == 302
