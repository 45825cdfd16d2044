"""Fills an empty system with an invented department."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils.timezone import localdate

from clients.models import Client
from core.errors import DomainError
from core.models import Company
from demo.bonuses import make_bonuses
from demo.files import write_files
from demo.leaving import make_leaving
from demo.live import make_last_days
from demo.people import MANAGERS, hire_everybody, make_logins
from demo.standards import set_standards
from demo.story import SIZES, Story
from demo.transfers import make_transfers
from interchange.enums import ImportState
from interchange.services import import_paths
from staff.models import User


@dataclass(frozen=True, slots=True)
class Filled:
    clients: int
    contracts: int


# What services name at random, and in which order the demo names it.
_NAMED = {
    "work_touch": "x.closed_at, x.kind, x.rule",
    "feedback_surveyresponse": "x.answered_at, x.scale, x.score",
    "retention_freeze": "x.stopped_on, x.kind",
}


def fill_demo(*, size: str, seed: int, now: datetime, say: Callable[[str], None]) -> Filled:
    """Raises ``DomainError`` unless the system is empty. The same size, seed and day give the same data."""
    if User.objects.exists() or Client.objects.exists():
        raise DomainError("The system is not empty: a demo goes into a new one only.")
    managers = MANAGERS[:3] if size == "small" else MANAGERS
    now = now.replace(minute=0, second=0, microsecond=0)  # of two demos of one hour the last day is the same too
    story = Story(seed, SIZES[size], localdate(now), ZoneInfo(settings.TIME_ZONE), len(managers))
    say(f"{len(story.clients)} clients, {len(story.contracts)} contracts")
    with transaction.atomic():
        users = hire_everybody(make_logins())
        Company.objects.update(
            name="Стройпортал «Пример»", department_started_on=date(2019, 1, 1), acquisition_cost=45_000
        )
    with TemporaryDirectory() as folder:
        write_files(story, Path(folder), managers)
        say("files written, importing")
        run = import_paths(paths=[Path(folder)], user=users["admin"], dry_run=False, all_or_nothing=False, now=now)
    if run.state != ImportState.DONE or any(file.rejected for file in run.files.all()):
        raise DomainError("The invented files were not taken whole; see the page of imports.")
    make_transfers(users=users, now=now)
    say("asking those who left")
    make_leaving(users=users, seed=seed, now=now)
    make_last_days(users=users, seed=seed, now=now)
    set_standards(head=users["olga"], today=localdate(now))
    make_bonuses(users=users, now=now)
    _name_rows()
    return Filled(len(story.clients), len(story.contracts))


def _name_rows() -> None:
    """External ids by what the rows say, not by chance: two demos of one seed are exported alike."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, order in _NAMED.items():
            cursor.execute(f"""
                UPDATE {table} t SET external_id = 'demo-' || r.place
                FROM (SELECT x.id, row_number() OVER (ORDER BY c.external_id, {order}, x.id) AS place
                      FROM {table} x JOIN clients_client c ON c.id = x.client_id
                      WHERE x.external_id LIKE 'crm-%') r
                WHERE r.id = t.id""")  # noqa: S608  # names are constants of this module
