"""The promise of the outbox: nothing doubled, nothing silently lost, whenever its senders are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from gateways.delivery import deliver_due
from gateways.enums import Decision, MessageState
from gateways.models import OutboxMessage
from gateways.services import LetterDraft, decide_letter, enqueue_letters
from tests.gateways.sink import Sink, running_sink

LEASE = 5.0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_letters_survive_a_few_kills() -> None:
    _prove(letters=200, kills=5, lease=1.5, pause=(0.05, 0.12))


@pytest.mark.faults
@pytest.mark.timeout(600)
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_six_thousand_letters_survive_a_hundred_kills() -> None:
    _prove(letters=6000, kills=100, lease=LEASE, pause=(0.02, 0.3))


def _prove(*, letters: int, kills: int, lease: float, pause: tuple[float, float]) -> None:
    drafts = [LetterDraft(f"proof:{n}", f"client{n}@client.test", f"Письмо {n}", "Текст") for n in range(letters)]
    enqueue_letters(drafts, now=timezone.now())
    ids = dict(OutboxMessage.objects.values_list("message_id", "state"))

    with running_sink() as (sink, port):
        with _senders(port, lease) as spawn:
            killed = _kill_often(spawn, kills=kills, pause=pause)
            _wait_until_settled()
        states = _by_state()
        arrived = Counter(sink.ids())
        uncertain = set(OutboxMessage.objects.filter(state=MessageState.UNCERTAIN).values_list("message_id", flat=True))
        print(
            f"\n{letters} letters, {killed} kills: {len(arrived)} at the sink, "
            f"{sum(n - 1 for n in arrived.values())} double, {len(ids.keys() - arrived.keys() - uncertain)} lost, "
            f"{len(uncertain)} uncertain, states {states}"
        )
        assert killed == kills
        assert max(arrived.values()) == 1
        assert ids.keys() - arrived.keys() <= uncertain
        assert set(states) <= {MessageState.SENT, MessageState.UNCERTAIN}
        assert len(uncertain) <= kills
        _decide_all(sink, port)
        assert Counter(sink.ids()) == Counter(ids.keys())
        assert _by_state() == {MessageState.SENT: letters}


@contextmanager
def _senders(port: int, lease: float) -> Iterator[subprocess.Popen[str]]:
    database = connection.settings_dict
    secret = f":{quote(str(database['PASSWORD']))}" if database["PASSWORD"] else ""
    host = str(database["HOST"])
    where = f"@/{database['NAME']}?host={quote(host, safe='')}" if host.startswith("/") else ""
    url = f"postgres://{quote(str(database['USER']))}{secret}" + (
        where or f"@{host}:{database['PORT'] or 5432}/{database['NAME']}"
    )
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "accounting_crm.settings",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(port),
        "EMAIL_USE_TLS": "0",
        "EMAIL_USE_SSL": "0",
    }
    mother = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.outbox_senders", str(lease)],
        cwd=Path(__file__).resolve().parents[2],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield mother
    finally:
        mother.terminate()
        mother.communicate(timeout=20)
        _end_connections()


def _end_connections() -> None:
    """Children notice within a second that their mother is gone; the test database must be free by then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )


def _spawn(mother: subprocess.Popen[str]) -> int:
    assert mother.stdin is not None
    assert mother.stdout is not None
    mother.stdin.write("\n")
    mother.stdin.flush()
    return int(mother.stdout.readline())


def _kill_often(mother: subprocess.Popen[str], *, kills: int, pause: tuple[float, float]) -> int:
    """Two senders at work; again and again one of them is killed at a random moment and replaced."""
    chance = random.Random(20261121)
    alive = [_spawn(mother), _spawn(mother)]
    killed = 0
    for _ in range(kills):
        time.sleep(chance.uniform(*pause))
        victim = alive.pop(chance.randrange(2))
        os.kill(victim, signal.SIGKILL)
        killed += 1
        alive.append(_spawn(mother))
    return killed


def _wait_until_settled() -> None:
    moving = [MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING]
    until = time.monotonic() + 240
    while OutboxMessage.objects.filter(state__in=moving).exists():
        assert time.monotonic() < until, _by_state()
        time.sleep(0.2)


def _by_state() -> dict[str, int]:
    return dict(OutboxMessage.objects.values_list("state").annotate(n=Count("pk")).order_by("state"))


def _decide_all(sink: Sink, port: int) -> None:
    """Each uncertain letter is decided by a person who looked whether it arrived."""
    from django.test import override_settings

    there = set(sink.ids())
    for letter in OutboxMessage.objects.filter(state=MessageState.UNCERTAIN):
        decision = Decision.ARRIVED if letter.message_id in there else Decision.RESEND
        decide_letter(message_id=letter.pk, decision=decision, decided_by="Руководитель", now=timezone.now())
    with override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, EMAIL_USE_TLS=False, EMAIL_USE_SSL=False):
        deliver_due(now=timezone.now())
