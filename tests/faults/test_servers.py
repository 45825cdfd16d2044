"""What users notice when the servers are killed under them, and what is left of their work."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2  # type: ignore[import-untyped]
import pytest

from accounting_crm.embedded import processes
from tests.faults.house import House, eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
LETTERS = 200


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house") / "var")
    made.start()
    yield made
    made.stop()


@contextmanager
def visitors(house: House, number: int = 4) -> Iterator[Counter[int]]:
    """People who open the log-in page all the time; the answer counts what they got (0: no connection)."""
    seen: Counter[int] = Counter()
    done = threading.Event()

    def visit() -> None:
        while not done.is_set():
            try:
                status, headers, _ = house.get("/account/login/")
            except OSError:
                status, headers = 0, {}
            assert status != 503 or headers.get("Retry-After")
            seen[status] += 1

    threads = [threading.Thread(target=visit) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        done.set()
        for thread in threads:
            thread.join()


def _enqueue(house: House, prefix: str) -> None:
    house.manage(
        "shell",
        "--no-imports",
        "-c",
        "from django.utils import timezone\n"
        "from gateways.services import LetterDraft, enqueue_letters\n"
        f"drafts = [LetterDraft(f'{prefix}:{{n}}', f'c{{n}}@client.test', 'Тема', 'Текст') for n in range({LETTERS})]\n"
        "enqueue_letters(drafts, now=timezone.now())",
    )


def _sent(house: House, prefix: str) -> int:
    [(count,)] = house.rows(
        f"SELECT count(*) FROM gateways_outboxmessage WHERE key LIKE '{prefix}:%' AND state = 'sent' AND attempts = 1"
    )
    return int(str(count))


def _prove_broker_loss(house: House, prefix: str, break_it: Callable[[], object]) -> None:
    """``break_it`` enqueues the letters in the middle of the damage."""
    with visitors(house) as seen:
        break_it()
        waited = eventually(lambda: _sent(house, prefix) == LETTERS, within=120, what="delivery")
    print(f"{prefix}: pages {dict(seen)}, all {LETTERS} letters sent after {waited:.1f} s")
    assert set(seen) == {200}


def test_valkey_flushed_loses_nothing(house: House) -> None:
    def flush() -> None:
        house.valkey().flushall()
        _enqueue(house, "flushed")
        house.valkey().flushall()

    _prove_broker_loss(house, "flushed", flush)


def test_valkey_killed_ten_times_loses_nothing(house: House) -> None:
    def kill_often() -> None:
        for attempt in range(10):
            house.kill_valkey()
            if attempt == 5:
                _enqueue(house, "killed")
            time.sleep(0.7)

    _prove_broker_loss(house, "killed", kill_often)


def test_valkey_away_for_a_minute_fails_no_page(house: House) -> None:
    """Stopped, not dead: the worst case, since nothing refuses the connection."""

    def freeze() -> None:
        [pid] = processes._living_in(house.installation.valkey_data, "valkey-server")
        os.kill(pid, signal.SIGSTOP)
        _enqueue(house, "frozen")
        time.sleep(60)
        os.kill(pid, signal.SIGCONT)

    eventually(house.is_in_order, within=60, what="order")
    _prove_broker_loss(house, "frozen", freeze)
    eventually(house.is_in_order, within=60, what="order")


def test_postgres_killed_twenty_times_loses_no_committed_row(house: House) -> None:
    house.rows("CREATE TABLE IF NOT EXISTS proof (n bigserial PRIMARY KEY)")
    committed: list[int] = []
    pauses: list[float] = []
    with visitors(house) as seen:
        for _ in range(20):
            until = time.monotonic() + 0.5
            while time.monotonic() < until:
                [(number,)] = house.rows("INSERT INTO proof DEFAULT VALUES RETURNING n")
                committed.append(int(str(number)))
            house.kill_postgres()
            pauses.append(eventually(lambda: _answers(house), within=60, what="recovery"))
            eventually(house.is_in_order, within=60, what="order")
    kept = {int(str(number)) for (number,) in house.rows("SELECT n FROM proof")}
    print(f"postgres: {len(committed)} rows committed, pages {dict(seen)}, longest pause {max(pauses):.1f} s")
    assert set(committed) <= kept
    assert set(seen) <= {200, 503}


def _answers(house: House) -> bool:
    try:
        house.rows("SELECT 1")
    except psycopg2.Error:
        return False
    return True


def test_two_beats_and_two_workers_do_each_slot_once(house: House) -> None:
    begun = house.rows("SELECT now()")[0][0]
    others = [
        house.another("celery", "--quiet", "-A", "accounting_crm", "beat", "-S", "celery.beat:Scheduler", "--pidfile="),
        house.another("celery", "--quiet", "-A", "accounting_crm", "worker", "-c", "2", "-n", "second@%h"),
    ]
    try:
        _enqueue(house, "doubled")
        waited = eventually(lambda: _sent(house, "doubled") == LETTERS, within=120, what="delivery")
        time.sleep(45)
    finally:
        for other in others:
            other.terminate()
        for other in others:
            other.wait(60)
    runs = house.rows(
        "SELECT name, count(*), count(DISTINCT slot) FROM core_sweeprun"
        f" WHERE started_at >= '{begun}' GROUP BY name ORDER BY name"
    )
    print(f"two beats: {LETTERS} letters once after {waited:.1f} s; (sweep, runs, slots): {runs}")
    assert runs
    assert all(times == slots for _, times, slots in runs)
    assert _sent(house, "doubled") == LETTERS


def test_second_start_keeps_everything(tmp_path: Path) -> None:
    house = House(tmp_path / "var")
    house.start()
    house.rows("CREATE TABLE proof (n int)")
    house.rows("INSERT INTO proof VALUES (7)")
    house.stop()
    begun = time.monotonic()
    house.start()
    print(f"second start: {time.monotonic() - begun:.1f} s")
    assert house.rows("SELECT n FROM proof") == [(7,)]
    house.stop()
