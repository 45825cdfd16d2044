from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from gateways.enums import MessageState
from gateways.models import OutboxMessage
from gateways.services import LetterDraft, enqueue_letter, enqueue_letters, message_id

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def draft(key: str = "welcome:handoff:1", **values: object) -> LetterDraft:
    defaults: dict[str, object] = {"to_address": "max@client.test", "subject": "Привет", "text": "Текст"}
    return LetterDraft(key, **{**defaults, **values})  # type: ignore[arg-type]


def test_letter_waits_in_the_queue() -> None:
    letter = enqueue_letter(draft(send_after=NOW + timedelta(hours=1)), now=NOW)

    assert (letter.state, letter.send_after, letter.message_id) == (
        MessageState.QUEUED,
        NOW + timedelta(hours=1),
        message_id("welcome:handoff:1"),
    )


def test_same_reason_gives_the_first_letter() -> None:
    first = enqueue_letter(draft(), now=NOW)
    second = enqueue_letter(draft(subject="Другая тема"), now=NOW)

    assert (second.pk, second.subject) == (first.pk, "Привет")


def test_many_letters_are_written_in_two_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    enqueue_letter(draft("b"), now=NOW)
    with django_assert_num_queries(2):
        ids = enqueue_letters([draft("a"), draft("b"), draft("b"), draft("c")], now=NOW)

    assert (sorted(ids), OutboxMessage.objects.count()) == (["a", "b", "c"], 3)


@pytest.mark.parametrize(
    "address", ["", "no", "a@b.test\r\nBcc: x@evil.test", "a@b.test, c@d.test", "Max <a@b.test>", "a" * 260 + "@b.test"]
)
def test_letter_to_a_wrong_address_is_shown_as_failed(address: str) -> None:
    letter = enqueue_letter(draft(to_address=address), now=NOW)

    assert letter.state == MessageState.FAILED
    assert letter.error.startswith("not an address")


def test_header_injection_stays_text() -> None:
    letter = enqueue_letter(
        draft(
            subject="Тема\r\nBcc: x@evil.test",
            to_name="Max\nX: y",
            reply_to="a@b.test\nX: y",
            headers={"Bcc": "x@evil.test", "X-A\r\nB": "c", "X-Reason": "a\r\nBcc: x@evil.test"},
            text="a\x00b",
        ),
        now=NOW,
    )

    assert letter.subject == "Тема Bcc: x@evil.test"
    assert (letter.to_name, letter.reply_to, letter.text) == ("Max X: y", "", "ab")
    assert letter.headers == {"X-Reason": "a Bcc: x@evil.test"}
