from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from core.errors import ConflictError
from gateways.enums import Decision, MessageState
from gateways.models import OutboxMessage
from gateways.services import (
    LetterDraft,
    decide_letter,
    enqueue_letter,
    enqueue_letters,
    message_id,
    retry_failed,
)

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


def make(state: MessageState, key: str = "k", **values: object) -> OutboxMessage:
    letter = enqueue_letter(draft(key), now=NOW)
    sent_at = NOW if state == MessageState.SENT else None
    OutboxMessage.objects.filter(pk=letter.pk).update(state=state, sent_at=sent_at, **values)
    return letter


@pytest.mark.parametrize(
    ("state", "decision", "after"),
    [
        (MessageState.UNCERTAIN, Decision.RESEND, MessageState.QUEUED),
        (MessageState.UNCERTAIN, Decision.ARRIVED, MessageState.SENT),
        (MessageState.UNCERTAIN, Decision.CANCEL, MessageState.CANCELLED),
        (MessageState.FAILED, Decision.RESEND, MessageState.QUEUED),
        (MessageState.FAILED, Decision.CANCEL, MessageState.CANCELLED),
        (MessageState.QUEUED, Decision.CANCEL, MessageState.CANCELLED),
    ],
)
def test_decision_moves_the_letter_and_is_remembered(
    state: MessageState, decision: Decision, after: MessageState
) -> None:
    letter = make(state, claimed_by="dead")

    decide_letter(message_id=letter.pk, decision=decision, decided_by="Ирина", now=NOW)

    letter.refresh_from_db()
    assert (letter.state, letter.decision, letter.decided_by, letter.decided_at, letter.claimed_by) == (
        after,
        decision,
        "Ирина",
        NOW,
        "",
    )


@pytest.mark.parametrize(
    ("state", "decision"),
    [
        (MessageState.SENT, Decision.RESEND),
        (MessageState.SENDING, Decision.RESEND),
        (MessageState.CLAIMED, Decision.CANCEL),
        (MessageState.QUEUED, Decision.ARRIVED),
        (MessageState.CANCELLED, Decision.RESEND),
    ],
)
def test_decision_that_came_too_late_changes_nothing(state: MessageState, decision: Decision) -> None:
    letter = make(state)

    with pytest.raises(ConflictError):
        decide_letter(message_id=letter.pk, decision=decision, decided_by="Ирина", now=NOW)

    letter.refresh_from_db()
    assert (letter.state, letter.decision) == (state, "")


def test_retry_of_all_failed_leaves_wrong_addresses(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make(MessageState.FAILED, "server", error="550 later")
    enqueue_letter(draft("wrong", to_address="no"), now=NOW)
    make(MessageState.CANCELLED, "cancelled")

    with django_assert_num_queries(1):
        assert retry_failed(decided_by="Ирина", now=NOW) == 1

    states = dict(OutboxMessage.objects.values_list("key", "state"))
    assert states == {"server": "queued", "wrong": "failed", "cancelled": "cancelled"}
