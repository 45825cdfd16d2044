from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now
from pytest_django import DjangoAssertNumQueries, Settings

from gateways.delivery import Pace, deliver_due
from gateways.enums import MessageState
from gateways.models import OutboxMessage
from gateways.services import LetterDraft, enqueue_letter, enqueue_letters
from gateways.smtp import SmtpTransport
from tests.gateways.sink import Sink

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def letter(to: str = "max@client.test", key: str = "k", **values: object) -> OutboxMessage:
    defaults: dict[str, object] = {"subject": "Привет, Макс!", "text": "Как всё прошло?"}
    return enqueue_letter(LetterDraft(key, to_address=to, **{**defaults, **values}), now=NOW)  # type: ignore[arg-type]


def state(message: OutboxMessage) -> str:
    message.refresh_from_db()
    return message.state


def test_letter_reaches_the_server_as_written(sink: Sink) -> None:
    message = letter(
        html="<p>Как всё <b>прошло</b>?</p>",
        to_name="Максим «Макс» Орлов, директор",
        reply_to="anna@company.test",
        subject="Оцените, пожалуйста, нашу работу по договору № 17/26: " + "очень длинная тема " * 8,
        headers={"Auto-Submitted": "auto-generated"},
    )

    assert deliver_due(now=NOW) == {"sent": 1}

    (got,) = sink.letters
    assert state(message) == MessageState.SENT
    assert (got["Message-ID"], got["Reply-To"], got["Auto-Submitted"]) == (
        message.message_id,
        "anna@company.test",
        "auto-generated",
    )
    assert (got["Subject"].strip(), got["To"].addresses[0].display_name) == (
        message.subject,
        "Максим «Макс» Орлов, директор",
    )
    assert got.get_body(("plain",)).get_content().strip() == "Как всё прошло?"  # type: ignore[union-attr]
    assert got.get_body(("html",)).get_content().strip() == "<p>Как всё <b>прошло</b>?</p>"  # type: ignore[union-attr]


def test_letter_of_tomorrow_waits(sink: Sink) -> None:
    message = letter(send_after=NOW + timedelta(days=1))

    assert deliver_due(now=NOW) == {}
    assert state(message) == MessageState.QUEUED
    assert deliver_due(now=NOW + timedelta(days=1)) == {"sent": 1}


def test_connection_is_used_for_many_letters(sink: Sink) -> None:
    enqueue_letters([LetterDraft(f"k{n}", f"m{n}@client.test", "Тема", "Текст") for n in range(250)], now=NOW)

    assert deliver_due(now=NOW, pace=Pace(batch=30)) == {"sent": 250}
    assert (len(set(sink.ids())), sink.connections) == (250, 3)


@pytest.mark.parametrize(
    ("to", "outcome", "final", "said"),
    [
        ("no@client.test", "permanent", MessageState.FAILED, "550 5.1.1 no such user"),
        ("heavy@client.test", "permanent", MessageState.FAILED, "554 5.6.0 refused by content"),
        ("later@client.test", "retry", MessageState.QUEUED, "451 4.7.1 greylisted"),
        ("cut@client.test", "uncertain", MessageState.UNCERTAIN, "Connection unexpectedly closed"),
    ],
)
def test_answer_of_the_server_decides_about_one_letter(
    sink: Sink, to: str, outcome: str, final: str, said: str
) -> None:
    message, other = letter(to), letter(key="next")

    assert deliver_due(now=NOW) == {outcome: 1, "sent": 1}
    assert (state(message), state(other)) == (final, MessageState.SENT)
    assert (message.error, message.attempts) == (said, 1)


def test_refusal_for_now_is_tried_again_later_and_not_for_ever(sink: Sink) -> None:
    message = letter("later@client.test")
    deliver_due(now=NOW)

    assert deliver_due(now=NOW + timedelta(seconds=59)) == {}
    assert deliver_due(now=NOW + timedelta(seconds=60)) == {"retry": 1}

    OutboxMessage.objects.update(attempts=19, send_after=NOW)
    assert deliver_due(now=NOW + timedelta(days=3)) == {"permanent": 1}
    assert state(message) == MessageState.FAILED


def test_refused_sender_costs_no_letter_an_attempt(sink: Sink) -> None:
    message = letter()
    sink.sender_refused = True

    assert deliver_due(now=NOW) == {"unreachable": 1}
    assert (state(message), message.attempts, message.error) == (MessageState.QUEUED, 0, "550 sender not allowed")


def test_server_that_is_down_keeps_letters_queued(settings: Settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    message = letter()

    assert deliver_due(now=NOW) == {"unreachable": 1}
    assert (state(message), message.attempts, message.claimed_by) == (MessageState.QUEUED, 0, "")


def test_dead_claim_goes_back_and_dead_sending_becomes_uncertain(sink: Sink) -> None:
    claimed, sending, alive = letter(key="claimed"), letter(key="sending"), letter(key="alive")
    held = {"claimed_by": "dead", "claimed_until": Now() - timedelta(seconds=1)}
    OutboxMessage.objects.filter(pk=claimed.pk).update(state=MessageState.CLAIMED, **held)
    OutboxMessage.objects.filter(pk=sending.pk).update(state=MessageState.SENDING, **held)
    OutboxMessage.objects.filter(pk=alive.pk).update(
        state=MessageState.SENDING, claimed_by="other", claimed_until=Now() + timedelta(minutes=1)
    )

    assert deliver_due(now=NOW) == {"requeued": 1, "uncertain": 1, "sent": 1}
    assert (state(claimed), state(sending), state(alive)) == (
        MessageState.SENT,
        MessageState.UNCERTAIN,
        MessageState.SENDING,
    )
    assert sink.ids() == [claimed.message_id]


def test_sender_that_lost_its_claim_does_not_send(sink: Sink) -> None:
    message = letter()

    class TakenMeanwhile(SmtpTransport):
        def _envelope(self, server: object, to_address: str) -> None:
            OutboxMessage.objects.update(claimed_by="somebody else")
            super()._envelope(server, to_address)  # type: ignore[arg-type]

    assert deliver_due(now=NOW, transport=TakenMeanwhile()) == {"lost": 1}
    assert (state(message), sink.ids()) == (MessageState.CLAIMED, [])


def test_expired_letter_is_shown_as_failed(sink: Sink) -> None:
    message = letter(expires_at=NOW)

    assert deliver_due(now=NOW + timedelta(minutes=1)) == {"expired": 1}
    assert (state(message), message.error) == (MessageState.FAILED, "expired before it could be sent")


def test_letter_that_can_not_be_composed_stops_nobody(sink: Sink) -> None:
    message, other = letter(key="bad"), letter(key="good")
    OutboxMessage.objects.filter(pk=message.pk).update(subject="a\r\nBcc: x@evil.test")

    assert deliver_due(now=NOW) == {"permanent": 1, "sent": 1}
    assert (state(message), state(other)) == (MessageState.FAILED, MessageState.SENT)


def test_without_a_mail_server_letters_stay_readable_here(settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    message = letter()

    assert deliver_due(now=NOW) == {"sent": 1}
    assert (state(message), message.delivered_locally, message.sent_at) == (MessageState.SENT, True, NOW)


def test_idle_run_is_cheap(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    letter(send_after=NOW + timedelta(days=1))
    with django_assert_num_queries(6):
        deliver_due(now=NOW)
