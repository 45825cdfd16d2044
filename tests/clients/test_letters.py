from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from clients.enums import EventKind
from clients.letters import (
    LetterRequest,
    compose,
    compose_by_hand,
    photo_url,
    send_to_contact,
    send_to_contacts,
    send_to_staff,
)
from clients.models import ClientLetter, Contact, LetterTemplate, TimelineEvent
from core.errors import DomainError
from gateways.models import OutboxMessage
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contact, make_user

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM, name="Анна Ким", phone="+74951234567", extension="12")


@pytest.fixture
def max_orlov(owner: User) -> Contact:
    client = make_client(owner, name="ООО «Север»")
    return make_contact(
        client, name="Максим Орлов", email="max@example.ru", greeting="Привет, Макс!", address_form="ty"
    )


def codes() -> list[str]:
    return sorted(set(LetterTemplate.objects.values_list("code", flat=True)))


def test_every_letter_to_a_contact_greets_as_the_contact_wants(max_orlov: Contact, owner: User) -> None:
    for code in codes():
        if code.startswith(("handoff_", "complaint_", "covering_", "offer_", "renewal_")):  # to colleagues
            continue
        letter = compose(template_code=code, contact=max_orlov, owner=owner)
        assert letter.text.startswith("Привет, Макс!"), code
        assert "Привет, Макс!" in letter.html
        assert "Здравствуйте" not in letter.text + letter.html
        assert "{{" not in letter.text.replace("{{ survey_url }}", "")


def test_letter_is_signed_by_the_owner_in_text_and_html(max_orlov: Contact, owner: User) -> None:
    letter = compose(template_code="thank_you", contact=max_orlov, owner=owner)

    for part in (letter.text, letter.html):
        assert "Анна Ким" in part
        assert "+7 495 123-45-67 доб. 12" in part or "+7 495 123-45-67 ext. 12" in part
        assert owner.email in part
    assert "<style" not in letter.html
    assert 'style="' in letter.html
    assert "обращайся" in letter.text  # address_form is «ты»


def test_letter_keeps_template_syntax_and_markup_in_values_literal(owner: User) -> None:
    client = make_client(owner, name="{{ owner }} {% load x %} <script>alert(1)</script>")
    contact = make_contact(client, name="[[a|b]] {{ client }}")
    LetterTemplate.objects.filter(code="survey", language="ru").update(subject="{{ client }}\r\nBcc: a@b.c {{ nope }}")

    letter = compose(template_code="survey", contact=contact, owner=owner, extra={"survey_url": "https://x/s/1/"})

    assert letter.subject == "{{ owner }} {% load x %} <script>alert(1)</script> Bcc: a@b.c {{ nope }}"
    assert "[[a|b]] {{ client }}" in letter.text
    assert "<script>" not in letter.html
    assert '<a href="https://x/s/1/"' in letter.html


def test_letter_by_hand_is_literal_but_greeted_once(max_orlov: Contact, owner: User) -> None:
    plain = compose_by_hand(subject="Отчёт", body="Отчёт {{ client }} готов", contact=max_orlov, owner=owner)
    greeted = compose_by_hand(subject="Отчёт", body="Привет, Макс!\n\nГотово", contact=max_orlov, owner=owner)

    assert plain.text.startswith("Привет, Макс!\n\nОтчёт {{ client }} готов")
    assert greeted.text.count("Привет, Макс!") == 1


def test_letter_in_english_falls_back_to_russian_wording(max_orlov: Contact, owner: User) -> None:
    assert "rate our work" in compose(template_code="survey", contact=max_orlov, owner=owner, language="en").text
    LetterTemplate.objects.filter(code="survey", language="en").delete()
    assert "шкале" in compose(template_code="survey", contact=max_orlov, owner=owner, language="en").text
    with pytest.raises(DomainError):
        compose(template_code="unheard-of", contact=max_orlov, owner=owner)


def test_send_to_contact_writes_outbox_and_timeline_once_per_key(max_orlov: Contact, owner: User) -> None:
    first = send_to_contact(contact=max_orlov, template_code="welcome", key="welcome:1", now=NOW)
    again = send_to_contact(contact=max_orlov, template_code="welcome", key="welcome:1", now=NOW)

    assert first == again
    message = OutboxMessage.objects.get()
    assert (message.to_address, message.reply_to) == ("max@example.ru", owner.email)
    assert ClientLetter.objects.count() == 1
    event = TimelineEvent.objects.get(kind=EventKind.LETTER)
    assert (event.client_id, event.summary) == (max_orlov.client_id, message.subject)


def test_send_to_contact_without_email_is_refused(owner: User) -> None:
    contact = make_contact(make_client(owner), email="")

    with pytest.raises(DomainError, match=r"e-mail|почт"):
        send_to_contact(contact=contact, template_code="welcome", key="k", now=NOW)
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(("number", "queries"), [(1, 10), (3, 11), (5, 11)])
def test_many_letters_take_constant_queries(
    django_assert_num_queries: Any, owner: User, number: int, queries: int
) -> None:
    contacts = [make_contact(make_client(owner)) for _ in range(number)]
    requests = [
        LetterRequest(contact=Contact.objects.get(pk=contact.pk), template_code="thank_you", key=f"thanks:{contact.pk}")
        for contact in contacts
    ]
    with django_assert_num_queries(queries):
        sent = send_to_contacts(requests, now=NOW)
    assert len(sent) == number


def test_send_to_staff_is_plain_and_in_that_persons_language() -> None:
    english = make_user(Role.SALES, language="en", name="Kate")
    extra = {"client": "ООО «Север»", "owner": "Анна Ким", "link": "http://localhost/h/1/"}

    message = send_to_staff(user=english, template_code="handoff_accepted", key="h:1", now=NOW, extra=extra)

    assert message is not None
    assert message.text.startswith("Hello Kate,")
    assert "Your account manager" not in message.html
    silent = make_user(Role.SALES, email="")
    assert send_to_staff(user=silent, template_code="handoff_accepted", key="h:2", now=NOW, extra=extra) is None


def test_letter_photo_is_shown_only_for_a_signed_address(
    client: Browser, owner: User, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/a.png").write_bytes(b"\x89PNG")
    User.objects.filter(pk=owner.pk).update(photo="photos/a.png")
    owner.refresh_from_db()
    url = photo_url(owner)
    path = url.removeprefix(settings.APP_URL)

    response = client.get(path)

    assert response.status_code == 200
    assert response.getvalue() == b"\x89PNG"
    assert client.get(path.replace(":", ":x")).status_code == 404
    User.objects.filter(pk=owner.pk).update(photo="photos/lost.png")
    assert client.get(path).status_code == 404
    User.objects.filter(pk=owner.pk).update(photo="")
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("quoted", ["«{{ client }}»", "“{{ client }}”"])
def test_no_letter_puts_a_company_into_quotes_that_its_name_has_already(quoted: str) -> None:
    texts = LetterTemplate.objects.values_list("subject", "body")
    assert texts
    assert not [text for pair in texts for text in pair if quoted in text]
