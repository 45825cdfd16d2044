"""What sweeps have planned for imported rows goes with them; what somebody has worked on stands in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pghistory
import pytest
from django.db import models
from django.utils.translation import override

from accounting_crm.beat import SWEEPS
from clients.models import Client, ClientLetter, Contract, Order, TimelineEvent
from core.errors import ConflictError
from feedback.models import SurveyInvitation
from gateways.models import OutboxMessage
from interchange.models import ImportRun
from interchange.services import undo_import
from retention.enums import RenewalOutcome, RenewalStage, WinBackOutcome
from retention.models import Attention, Divergence, Freeze, Renewal, WinBack
from retention.services.leaving import keep_leaving
from retention.services.renewals import open_renewals
from retention.services.winbacks.winning import close_won
from staff.models import User
from tests.factories import make_client, make_contract, make_order
from tests.interchange.conftest import NOW, Load
from work.enums import TouchState
from work.models import Coverage, Touch

pytestmark = pytest.mark.django_db

#: A contract that ends in a month, one whose reason nobody knows, an order of yesterday, one that fell through, a stop.
FRESH = {
    "clients": "external_id,name,created_on\nc-9,ООО «Юг»,2025-01-01\n",
    "contacts": "external_id,client_external_id,name,email\np-9,c-9,Ян,jan@e.test\n",
    "contracts": (
        "external_id,client_external_id,signed_on,starts_on,ends_on,amount\n"
        "k-9,c-9,2025-05-15,2025-05-15,2026-05-14,120000\nk-8,c-9,2024-03-02,2024-03-02,2026-03-01,120000\n"
    ),
    "orders": (
        "external_id,client_external_id,ordered_at,completed_at,status,amount\n"
        "o-9,c-9,2026-04-14T10:00,2026-04-14T12:00,completed,500\no-8,c-9,2026-04-10T10:00,,cancelled,500\n"
    ),
    "stops": "external_id,client_external_id,stopped_on\nz-9,c-9,2026-04-15\n",
}
MADE: tuple[type[models.Model], ...] = (
    Client, Contract, Order, Freeze, Renewal, Touch, Attention, Coverage, SurveyInvitation, ClientLetter, TimelineEvent,
)  # fmt: skip


def sweep(*names: str) -> None:
    for one in SWEEPS:
        if one.name.split(".")[0] in names:
            one.function()(now=NOW)


def load_known(load: Load, client: Client, **values: Any) -> ImportRun:
    """A contract and an order of a client who was there before."""
    Client.objects.filter(pk=client.pk).update(external_id="c-1")
    return load(
        contracts="external_id,client_external_id,signed_on,starts_on,ends_on,amount\n"
        "k-2,c-1,2026-04-15,2026-05-15,2027-05-14,120000\n",
        orders="external_id,client_external_id,ordered_at,completed_at,status,amount\n"
        "o-2,c-1,2026-04-15T10:00,2026-04-15T12:00,completed,500\n",
        **values,
    )


def test_what_sweeps_planned_goes_with_the_import(load: Load) -> None:
    run = load(**FRESH)
    sweep("clients", "work", "feedback", "retention")
    planned = set(Touch.objects.values_list("kind", flat=True))
    assert {"renewal", "follow_up", "failed_order", "save"} <= planned
    assert Renewal.objects.exists()
    assert OutboxMessage.objects.exists()

    undo_import(run=run, now=NOW)

    for model in (*MADE, OutboxMessage):
        assert not model.objects.exists(), model  # type: ignore[attr-defined]


def test_sweeps_after_the_undoing_make_nothing(load: Load) -> None:
    run = load(**FRESH)
    sweep("clients", "work", "feedback", "retention")
    undo_import(run=run, now=NOW)

    sweep("clients", "work", "feedback", "retention", "reports")

    assert not Touch.objects.exists()


@pytest.mark.parametrize("field", ["stage", "note"])
def test_renewal_that_somebody_worked_on_stands_in_the_way(load: Load, field: str) -> None:
    run = load(**FRESH)
    sweep("retention")
    with pghistory.context(url="/renewals/1/"):
        Renewal.objects.update(**{field: RenewalStage.TALKING})

    with override("en"), pytest.raises(ConflictError, match=r"renewal\.$"):
        undo_import(run=run, now=NOW)

    assert Renewal.objects.exists()
    assert Touch.objects.filter(kind="renewal").exists()


def test_call_that_somebody_made_stands_in_the_way(load: Load, head: User) -> None:
    run = load(**FRESH)
    sweep("work")
    Touch.objects.filter(kind="follow_up").update(
        state=TouchState.DONE, outcome="reached", closed_at=NOW, closed_by=head
    )

    with pytest.raises(ConflictError):
        undo_import(run=run, now=NOW)

    assert Client.objects.filter(external_id="c-9").exists()


def test_letter_and_survey_that_have_left_stand_in_the_way(load: Load) -> None:
    run = load(**FRESH)
    sweep("work", "feedback")
    OutboxMessage.objects.update(state="sent", sent_at=NOW)
    SurveyInvitation.objects.update(state="sent")

    with override("en"), pytest.raises(ConflictError, match=r"survey, letter\.$"):
        undo_import(run=run, now=NOW)

    assert ClientLetter.objects.exists()
    assert SurveyInvitation.objects.exists()


def test_renewal_that_the_import_had_closed_is_open_again(load: Load, head: User) -> None:
    client = make_client(head)
    make_contract(client, NOW.date() - timedelta(days=336), ends_on=NOW.date() + timedelta(days=29))
    open_renewals(now=NOW - timedelta(hours=1))
    calls = set(Touch.objects.values_list("rule", flat=True))
    run = load_known(load, client)
    open_renewals(now=NOW)
    assert Renewal.objects.get().outcome == RenewalOutcome.RENEWED

    undo_import(run=run, now=NOW)

    assert (Renewal.objects.get().outcome, Renewal.objects.get().next_contract) == ("", None)
    assert set(Touch.objects.filter(state=TouchState.OPEN).values_list("rule", flat=True)) == calls
    assert list(TimelineEvent.objects.values_list("kind", flat=True)) == ["renewal_opened"]


def test_attempt_that_the_import_had_won_is_open_again(load: Load, head: User) -> None:
    client = make_client(head)
    attempt = WinBack.objects.create(client=client, segment="silent", assignee=head, opened_on=NOW.date())
    day = NOW.date() + timedelta(days=3)
    call = Touch.objects.create(
        client=client, kind="win_back", assignee=head, due_from=day, due_on=day, rule=f"winback:{attempt.pk}:{day}"
    )
    run = load_known(load, client)
    close_won(client_ids=[client.pk], now=NOW)
    attempt.refresh_from_db()
    assert attempt.outcome == WinBackOutcome.WON

    undo_import(run=run, now=NOW)

    attempt.refresh_from_db()
    call.refresh_from_db()
    assert (attempt.outcome, attempt.order, attempt.contract, attempt.next_step_on) == ("", None, None, day)
    assert call.state == TouchState.OPEN


def test_call_that_serves_another_order_too_stays(load: Load, head: User) -> None:
    client = make_client(head)
    own = make_order(client, NOW - timedelta(hours=2))
    sweep("work")
    run = load_known(load, client)
    sweep("work")
    assert Coverage.objects.filter(kind="follow_up").count() == 2

    undo_import(run=run, now=NOW)

    assert list(Coverage.objects.filter(kind="follow_up").values_list("order", flat=True)) == [own.pk]
    assert Touch.objects.filter(kind="follow_up", state=TouchState.OPEN).count() == 1


def test_renewal_that_the_dates_contradict_goes_with_its_contract(load: Load, head: User) -> None:
    """The client was there before the import; nobody has recorded how the imported contract ended."""
    client = make_client(head)
    Client.objects.filter(pk=client.pk).update(external_id="c-1")
    run = load(
        contracts="external_id,client_external_id,signed_on,starts_on,ends_on,amount\n"
        "k-2,c-1,2025-05-15,2025-05-15,2026-05-14,120000\n"
    )
    later = NOW + timedelta(days=90)
    open_renewals(now=NOW)
    keep_leaving(now=later)
    assert Divergence.objects.get().client == client

    undo_import(run=run, now=later)

    assert not Renewal.objects.exists()
    assert not Contract.objects.exists()
