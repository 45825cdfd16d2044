"""Whatever people type is shown as the text it is: every string of the corpus through every field, on every page."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients.enums import EventKind
from clients.letters import send_to_contact
from clients.models import Client, Contract, Industry, Product
from clients.services import record_event
from feedback.models import Complaint, SurveyResponse
from gateways.models import OutboxMessage
from staff.enums import Role, Scope
from staff.models import User
from staff.services import issue_token
from tests.factories import make_client, make_contact, make_user
from tests.hostile import corpus, read
from work.enums import TouchKind
from work.models import Touch

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CORPUS = corpus()
PILE = "\n".join(CORPUS)


@pytest.fixture
def head(client: Browser) -> User:
    user = make_user(Role.HEAD, Role.AM)
    client.force_login(user)
    return user


def marks_on(client: Browser, *addresses: str) -> set[str]:
    """Numbers of the texts shown; a text that became more than text fails here."""
    shown: set[str] = set()
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        page = read(response.content.decode())
        assert page.broken == [], address
        shown |= page.shown
    return shown


def test_corpus_is_large_and_the_reader_sees_an_escape() -> None:
    assert len(CORPUS) == len(set(CORPUS)) >= 500
    raw = [text for text in CORPUS if "<" in text and not text.startswith(("＜", "\\"))]
    unseen = [text for text in raw if not read(f"<p>{text}</p>").broken]
    assert len(unseen) < len(raw) / 10


def test_names_of_products(client: Browser, head: User) -> None:
    texts = CORPUS[:500]
    Product.objects.bulk_create([Product(code=f"p{place}", name=text) for place, text in enumerate(texts)])

    assert len(marks_on(client, "/clients/products/")) == 500


def test_names_of_clients_in_the_list_and_of_people_on_the_card(client: Browser, head: User) -> None:
    for text in CORPUS[::12]:
        row = make_client(head, name=text)
        make_contact(row, name=text[:200], position=text[:120], greeting=text[:120], tone=text[:120], hours=text[:120])
    pages, address = set(), "/clients/"
    for _ in range(5):
        pages |= marks_on(client, address)
        cursor = client.get(address).context.get("next_url") if address else ""
        if not cursor:
            break
        address = cursor
    cards = marks_on(client, *[f"/clients/{pk}/" for pk in Client.objects.values_list("pk", flat=True)[:12]])

    assert len(pages) >= 40
    assert len(cards) >= 12


def test_search_words_come_back_as_text(client: Browser, head: User) -> None:
    for text in CORPUS[::25]:
        for address in ("/clients/", "/staff/users/", "/mail/"):
            page = read(client.get(address, {"q": text, "state": text, "role": text}).content.decode())
            assert page.broken == [], text


def test_notes_letters_complaints_answers_and_calls(client: Browser, head: User) -> None:
    row = make_client(head, name=CORPUS[0])
    contact = make_contact(row, name=CORPUS[1][:200], greeting=CORPUS[2][:120])
    record_event(client_id=row.pk, kind=EventKind.NOTE, at=NOW, actor=head, summary=PILE)
    Contract.objects.create(client=row, number=CORPUS[3][:64], signed_on=NOW, starts_on=NOW, amount=1)
    answer = SurveyResponse.objects.create(client=row, scale="csat10", score=3, comment=PILE)
    complaint = Complaint.objects.create(
        client=row, response=answer, what_happened=PILE, resolution=PILE, responsible=head, opened_at=NOW, deadline=NOW
    )
    today = timezone.localdate()
    call = Touch.objects.create(
        client=row,
        kind=TouchKind.FOLLOW_UP,
        assignee=head,
        due_from=today,
        due_on=today,
        subject=CORPUS[4][:300],
        note=PILE,
    )
    for place, text in enumerate(CORPUS[:500:100]):
        send_to_contact(contact=contact, subject=text, body=PILE, actor=head, key=f"x{place}", now=NOW)
    letters = list(OutboxMessage.objects.values_list("pk", flat=True))

    marks = marks_on(client, f"/clients/{row.pk}/")
    assert len(marks) >= 500
    assert len(marks_on(client, f"/complaints/{complaint.pk}/")) >= 500
    assert len(marks_on(client, "/surveys/?from=2026-01-01&to=2027-01-01")) >= 1
    assert marks_on(client, "/complaints/", "/calls/", f"/calls/{call.pk}/", f"/touches/{call.pk}/edit/", "/mail/")
    for pk in letters:
        assert len(marks_on(client, f"/mail/{pk}/html/")) >= 500
        marks_on(client, f"/mail/{pk}/")
    marks_on(client, *[f"/clients/{row.pk}/{form}/" for form in ("edit", "letter", "contacts/new", "orders/new")])


def test_people_lists_and_the_trail(client: Browser, head: User) -> None:
    for text in CORPUS[:40]:
        make_user(Role.AM, name=text[:200], extension=text[:16])
        Industry.objects.create(name=text[:120])
    user = make_user(Role.AM, name=CORPUS[41][:200])
    anna = make_user(Role.AM, name="Анна")
    anna.name = CORPUS[5][:200]
    anna.save()

    shown = marks_on(client, "/staff/users/", f"/staff/users/{user.pk}/", f"/settings/audit/users/{anna.pk}/")
    marks_on(client, "/clients/lists/", "/clients/", "/clients/new/", "/reports/kpi/", "/settings/audit/")

    assert len(shown) >= 40


def test_programs_get_json_and_no_page(client: Browser, head: User) -> None:
    for text in CORPUS[::50]:
        make_client(head, name=text, created_on=date(2026, 1, 1))
    _token, bare = issue_token(user=head, scopes=[Scope.CLIENTS_READ], actor=None, now=NOW)

    response = Browser().get("/api/v1/clients", headers={"Authorization": f"Bearer {bare}"})

    assert response.headers["Content-Type"].startswith("application/json")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
