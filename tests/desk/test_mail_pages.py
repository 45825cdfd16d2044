from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries, Settings

from gateways.delivery import deliver_due
from gateways.enums import MessageClass, MessageState
from gateways.models import OutboxMessage
from gateways.services import LetterDraft, enqueue_letter
from staff.enums import Role
from staff.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "https://crm.test/s/" + "a" * 43 + "/"


def as_(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def letter(key: str = "k", state: MessageState = MessageState.QUEUED, **values: object) -> OutboxMessage:
    defaults: dict[str, object] = {
        "to_address": "max@client.test",
        "subject": f"Тема {key}",
        "text": f"Оценка: {SECRET}",
        "html": f'<script>alert(1)</script><a href="{SECRET}">x</a>',
    }
    message = enqueue_letter(LetterDraft(key, **{**defaults, **values}), now=NOW)  # type: ignore[arg-type]
    sent_at = NOW if state == MessageState.SENT else None
    OutboxMessage.objects.filter(pk=message.pk).update(state=state, sent_at=sent_at)
    message.refresh_from_db()
    return message


@pytest.fixture
def head() -> Browser:
    return as_(make_user(Role.HEAD))


def test_outbox_is_for_the_head_alone() -> None:
    message = letter()
    manager = as_(make_user(Role.AM))

    assert Browser().get("/mail/").status_code == 302
    for path in ("", f"{message.pk}/", f"{message.pk}/html/"):
        assert manager.get(f"/mail/{path}").status_code == 403
    for path in ("retry/", f"{message.pk}/decide/"):
        assert manager.post(f"/mail/{path}").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same(head: Browser, count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(count):
        letter(f"k{number}", MessageState.FAILED)
    head.get("/mail/")

    with django_assert_num_queries(5):
        page = head.get("/mail/?state=failed&message_class=service&search=MAX@").content.decode()
    assert page.count("Тема k") == count


def test_nonsense_in_the_address_is_survived(head: Browser) -> None:
    for query in ("state=x", "after=%00", "message_class=1", "search=" + "x" * 300):
        assert head.get(f"/mail/?{query}").status_code == 200


def test_banner_tells_that_mail_is_not_set_up_or_out_of_reach(head: Browser, settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    assert "EMAIL_HOST" in head.get("/mail/").content.decode()

    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    letter()
    deliver_due(now=NOW)
    page = head.get("/mail/").content.decode()
    assert "Connection refused" in page
    assert "EMAIL_HOST" not in page


def test_letter_is_shown_in_a_frame_that_allows_nothing(head: Browser) -> None:
    message = letter()
    page = head.get(f"/mail/{message.pk}/").content.decode()
    frame = head.get(f"/mail/{message.pk}/html/")

    assert 'sandbox=""' in page
    assert "<script>alert" not in page
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_links_that_let_in_are_hidden_from_everybody_but_the_addressee(head: Browser) -> None:
    message = letter(state=MessageState.SENT)

    assert SECRET not in head.get(f"/mail/{message.pk}/").content.decode()
    assert SECRET not in head.get(f"/mail/{message.pk}/html/").content.decode()


def test_without_a_mail_server_the_page_is_the_mailbox(head: Browser) -> None:
    client, colleague = letter("c"), letter("s", message_class=MessageClass.STAFF)
    OutboxMessage.objects.update(delivered_locally=True)

    assert SECRET in head.get(f"/mail/{client.pk}/").content.decode()
    assert SECRET not in head.get(f"/mail/{colleague.pk}/").content.decode()
    assert SECRET in as_(make_user(Role.ADMIN)).get(f"/mail/{colleague.pk}/").content.decode()


def test_uncertain_letter_is_decided_once(head: Browser) -> None:
    message = letter(state=MessageState.UNCERTAIN)
    assert 'value="arrived"' in head.get(f"/mail/{message.pk}/").content.decode()

    head.post(f"/mail/{message.pk}/decide/", {"decision": "arrived"})
    head.post(f"/mail/{message.pk}/decide/", {"decision": "resend"})
    head.post(f"/mail/{message.pk}/decide/", {"decision": "nonsense"})

    message.refresh_from_db()
    assert (message.state, message.decision) == (MessageState.SENT, "arrived")


def test_all_failed_letters_can_be_tried_again(head: Browser) -> None:
    message = letter(state=MessageState.FAILED)
    assert "retry-failed" in head.get("/mail/").content.decode()

    assert head.post("/mail/retry/").status_code == 302
    message.refresh_from_db()
    assert message.state == MessageState.QUEUED
