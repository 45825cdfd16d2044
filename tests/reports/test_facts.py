from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from clients.enums import AssignmentReason, OrderStatus
from clients.models import Assignment, Client, ClientSegment, Contract, Order, Region
from core.figures import Period, Question, Segment, add_months, months_of
from feedback.enums import Scale
from feedback.models import Complaint, SurveyResponse
from reports import bands, facts, forecast, queries, services, worth
from reports.effort import effort
from reports.models import Brought, BroughtSum, Cohort, Cube, DirtyClient, FactState, Heap, Overlap, Run, Trait, Unit
from reports.registry import FIGURES
from reports.statements import KEPT, ROWS, STORED
from retention.enums import Likelihood
from retention.models import Renewal
from staff.enums import Role
from staff.models import HourlyCost, User
from tests.factories import make_client, make_user
from tests.reports.test_worth import talk
from tests.reports.worked_example import MOSCOW, build

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 4, 15, 12, tzinfo=MOSCOW)
MONTHS = months_of(Period(date(2025, 1, 1), date(2026, 7, 1)))


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def stored() -> dict[str, list[tuple[Any, ...]]]:
    content = {}
    for model in (Trait, Run, Unit, Cube, Heap, Overlap, Brought, BroughtSum):
        names = [field.name for field in model._meta.fields if field.name != "id"]
        content[model.__name__] = sorted(model.objects.values_list(*names), key=repr)
    cells = Cohort.objects.exclude(number=0)
    content["Cohort"] = sorted(cells.values_list("basis", "dim", "key", "first", "month", "number"))
    return content


def agree(segment: Segment) -> None:
    """The derived tables answer what source rows answer."""
    part_months = [Period(date(2025, 12, 10), date(2026, 2, 7)), Period(date(2026, 1, 1), date(2026, 1, 2))]
    for periods in (MONTHS, several_months(), part_months):
        asked = queries.question(*periods, segment=segment)
        assert facts.can_answer(asked)
        derived, rows = queries.sums(asked), queries.sums(asked, source=ROWS)
        for one, other in zip(derived, rows, strict=True):
            left, right = ({n: v for n, v in counted.sums.items() if v and n != "median"} for counted in (one, other))
            assert left == right, one.period
            if "median" in one.sums:
                assert one.sums["median"] == queries.median(asked, one.period)
    for period in (Period(date(2026, 1, 1), date(2026, 2, 1)), Period(date(2026, 4, 1), date(2026, 5, 1))):
        month = queries.question(period, segment=segment)
        year = queries.question(Period(date(2025, 5, 1), period.end), segment=segment)
        kept: list[tuple[Callable[..., object], Question]] = [
            (bands.happiness, month), (bands.happiness, year), (bands.retention_by_talks, month),
            (bands.repeat_by_scores, year), (effort, month), (effort, year),
        ]  # fmt: skip
        for read, asked_ in kept:
            assert read(asked_, source=STORED) == read(asked_), (read, period)
    medians_agree(segment)
    worth_agrees(queries.question(MONTHS[0], segment=segment))
    costs_agree(segment)
    since = queries.question(Period(date(2025, 2, 1), date(2026, 7, 1)), segment=segment)
    for basis in ("contracts", "orders"):
        assert queries.cohorts(since, basis=basis) == queries.cohorts(since, basis=basis, source=ROWS), basis


def medians_agree(segment: Segment) -> None:
    for period in several_months()[::9]:
        asked = queries.question(period, segment=segment)
        [kept], [rows] = (queries.figures(asked, keys=["median_check"], source=source) for source in (STORED, ROWS))
        assert kept == rows, period


def several_months() -> list[Period]:
    """Of every length that is kept and one longer, some of them not over; from each month on."""
    spans = [(month.start, length) for month in MONTHS for length in (2, 3, 5, 6, 11, 12, 13)]
    return [Period(start, add_months(start, length)) for start, length in spans]


def costs_agree(segment: Segment) -> None:
    """Single months are kept, others are counted: both tell the same of everybody, of each tier and of the dearest."""
    for period in (
        *MONTHS[10:16],
        Period(date(2025, 11, 1), date(2026, 3, 1)),
        Period(date(2026, 1, 5), date(2026, 1, 20)),
    ):
        asked = queries.question(period, segment=segment)
        assert worth.served_by_tier(asked, dearest=3, source=STORED) == worth.served_by_tier(asked, dearest=3), period
        everybody = worth.served_by_client(asked)
        assert worth.served_by_client(asked, source=STORED) == everybody, period
        assert worth.served_by_client(asked, after=1, size=2, source=STORED) == everybody[1:3]


def worth_agrees(asked: Question) -> None:
    assert worth.worth_of_groups(asked, source=STORED) == worth.worth_of_groups(asked)
    for of in (None, "A", "B", "C"):
        everybody = worth.brought_by_client(asked, segment=of)
        assert worth.brought_by_client(asked, segment=of, source=STORED) == everybody
        if everybody:
            after = everybody[0].place
            assert worth.brought_by_client(asked, segment=of, after=after, size=2, source=STORED) == everybody[1:3]


def forecasts_agree(*people: User) -> None:
    """The forecast of the facts is that of source rows."""
    months = [month.start for month in MONTHS]
    for user in people:
        rows = [
            forecast.expected(queries.View(queries.question(), source), user=user, months=months, now=NOW)
            for source in (STORED, ROWS)
        ]
        assert rows[0] == rows[1]


def test_cube_tables_and_rows_agree(django_assert_num_queries: Any) -> None:
    clients = build()
    owner = clients["A"].assignments.get().user
    services.rebuild_facts(now=NOW)
    for segment in (Segment(), Segment(manager=owner.pk), Segment(tier="B"), Segment(tier="B", manager=owner.pk)):
        agree(segment)
    agree(Segment(tier="A"))
    months = queries.question(*MONTHS)
    together = queries.question(
        Period(date(2025, 4, 1), date(2026, 4, 1)), Period(date(2026, 3, 1), date(2026, 5, 1)), given=months.norms
    )
    for asked in (months, together):  # of several months nothing is counted from units or runs
        with django_assert_num_queries(2):  # are the facts in force, and the figures
            queries.sums(asked)


def test_cohorts_ask_source_rows_of_waiting_clients_alone() -> None:
    clients = build()
    services.rebuild_facts(now=NOW)
    asked = queries.question(Period(date(2025, 1, 1), date(2026, 4, 1)))
    january = queries.cohorts(asked, basis="contracts")[0]
    assert (january.month, january.size) == (date(2025, 1, 1), 6)
    Contract.objects.filter(client=clients["J"]).update(starts_on=date(2025, 1, 1))
    Order.objects.filter(client=clients["A"], amount=500).delete()
    assert not facts.can_answer(asked)
    for basis in ("contracts", "orders"):
        assert queries.cohorts(asked, basis=basis) == queries.cohorts(asked, basis=basis, source=ROWS)
    assert queries.cohorts(asked, basis="contracts")[0].size == 7
    Unit.objects.filter(kind="start").delete()  # whoever does not wait is as the facts have him
    Cohort.objects.all().delete()
    assert [(one.month, one.size) for one in queries.cohorts(asked, basis="contracts")] == [(date(2025, 1, 1), 2)]
    several = facts.FEW_WAITING + 1
    DirtyClient.objects.bulk_create(DirtyClient(client_id=number) for number in range(10**9, 10**9 + several))
    assert queries.cohorts(asked, basis="contracts")[0].size == 7


def test_cohorts_by_contracts_begin_with_the_first_contract() -> None:
    """Bought in January and February already, covered since the middle of February."""
    client = make_client(make_user(Role.AM))
    for at in (datetime(2026, 1, 5, tzinfo=MOSCOW), datetime(2026, 2, 1, tzinfo=MOSCOW)):
        Order.objects.create(client=client, ordered_at=at, completed_at=at, status=OrderStatus.COMPLETED, amount=1)
    day = date(2026, 2, 15)
    Contract.objects.create(client=client, signed_on=day, starts_on=day, ends_on=date(2027, 2, 14), amount=12)
    services.rebuild_facts(now=NOW)
    assert Run.objects.filter(covered=False).count() == 1
    asked = queries.question(Period(date(2026, 1, 1), date(2026, 4, 1)))
    [found] = queries.cohorts(asked, basis="contracts")
    assert (found.month, found.size, found.active) == (date(2026, 2, 1), 1, [1, 1])


def test_who_is_behind_a_part_of_a_month_comes_from_source_rows() -> None:
    build()
    asked, side = queries.question(Period(date(2026, 1, 1), date(2026, 1, 15))), FIGURES["revenue"].numerator
    assert side
    found = queries.behind(asked, side).rows
    services.rebuild_facts(now=NOW)
    assert facts.can_answer(asked)
    assert found
    assert queries.behind(asked, side).rows == found


def test_changes_are_marked_and_answered_from_rows_until_taken_in() -> None:
    clients = build()
    services.rebuild_facts(now=NOW)
    assert not DirtyClient.objects.exists()
    Order.objects.filter(client=clients["A"]).update(amount=5000)
    assert set(DirtyClient.objects.values_list("client_id", flat=True)) == {clients["A"].pk}
    assert not facts.can_answer(queries.question(*MONTHS))
    assert services.refresh_facts(now=NOW) == {"clients": 1}
    agree(Segment())


def test_facts_hold_for_their_day_and_norms_only() -> None:
    build()
    services.refresh_facts(now=NOW)
    assert facts.can_answer(queries.question(*MONTHS))
    assert not facts.can_answer(queries.question(*MONTHS, as_of=date(2026, 4, 14)))
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert not facts.can_answer(queries.question(*MONTHS))
        assert services.refresh_facts(now=NOW + timedelta(days=1)).keys() == {"turned"}
        agree(Segment())


def test_a_handful_is_taken_in_before_a_page() -> None:
    clients = build()
    services.catch_up(now=NOW)
    services.rebuild_facts(now=NOW)
    clients["B"].orders.update(status=OrderStatus.COMPLETED, completed_at=NOW)
    services.catch_up(now=NOW)
    agree(Segment())


def test_what_the_planner_was_told_is_taken_back() -> None:
    [client, *_others], _managers = department(2)
    services.rebuild_facts(now=NOW)
    _buy(client, NOW - timedelta(days=3), 500)
    services.refresh_facts(now=NOW)
    with connection.cursor() as cursor:
        for setting in ("nestloop", "mergejoin", "indexscan", "sort", "hashagg"):
            cursor.execute(f"SHOW enable_{setting}")
            assert cursor.fetchone() == ("on",), setting


def test_page_does_not_wait_for_a_sweep_at_work() -> None:
    norms = queries.norms()
    FactState.objects.create(day=NOW.date(), zone="Europe/Moscow", built_at=NOW, **asdict(norms))
    changed = make_client(make_user(Role.AM))

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [services.LOCK])

    def let_go() -> None:
        connection.close()  # of this thread

    with ThreadPoolExecutor(1) as sweep:
        sweep.submit(hold).result()
        services.catch_up(now=NOW)
        sweep.submit(let_go).result()
    assert set(DirtyClient.objects.values_list("client_id", flat=True)) == {changed.pk}


@pytest.mark.parametrize("seed", range(6))
def test_incremental_equals_rebuilt_after_any_changes(seed: int) -> None:
    random = Random(seed)
    clients, managers = department(6)
    services.rebuild_facts(now=NOW)
    for _step in range(6):
        for _change in range(4):
            _change_something(random, clients, managers)
            _think_of_an_end(random, random.choice(clients))
        services.refresh_facts(now=NOW)
    incremental = stored()
    agree(Segment())
    region = Region.objects.get(name="Север").pk
    of_one_cell = [Segment(manager=managers[0].pk), Segment(tier="A"), Segment(tier="C", manager=managers[1].pk)]
    for segment in (*of_one_cell, Segment(region=region), Segment(region=region, manager=managers[0].pk)):
        agree(segment)
    forecasts_agree(make_user(Role.HEAD), managers[0])
    services.rebuild_facts(now=NOW)
    assert stored() == incremental


@pytest.mark.parametrize("seed", range(4))
def test_orders_alone_change_what_comes_of_orders(seed: int) -> None:
    """Over years, so that what lies far from a changed month is left as it is."""
    random = Random(seed)
    clients, managers = department(4)
    long_ago = datetime(2019, 1, 1, tzinfo=MOSCOW)
    Assignment.objects.filter(client__in=clients[1:]).update(started_at=long_ago)
    ClientSegment.objects.filter(client__in=clients[1:]).update(from_on=long_ago.date())
    for _change in range(30):
        _change_something(random, clients, managers)
    services.rebuild_facts(now=NOW)
    for _step in range(8):
        client = random.choice(clients)
        for _order in range(random.randrange(3)):
            at = NOW - timedelta(days=random.randrange(2600), minutes=random.randrange(1440))
            _buy(client, at, random.randrange(5) * 100)
        known = list(client.orders.values_list("pk", flat=True))
        if known and random.random() < 0.5:
            orders = Order.objects.filter(pk=random.choice(known))
            _ = orders.delete() if random.random() < 0.5 else orders.update(status=OrderStatus.CANCELLED)
        assert set(DirtyClient.objects.values_list("source", flat=True)) <= {"clients_order"}
        services.refresh_facts(now=NOW)
    incremental = stored()
    services.rebuild_facts(now=NOW)
    assert stored() == incremental
    assert set(Unit.objects.values_list("kind", flat=True)) <= set(KEPT)


def test_a_client_with_other_changes_is_derived_whole() -> None:
    [client, *_others], _managers = department(2)
    services.rebuild_facts(now=NOW)
    _buy(client, NOW - timedelta(days=40), 700)
    SurveyResponse.objects.create(client=client, scale=Scale.NPS, score=9, answered_at=NOW - timedelta(days=3))
    assert services.refresh_facts(now=NOW) == {"clients": 1}
    assert set(Unit.objects.values_list("kind", flat=True)) >= {"order", "nps"}
    incremental = stored()
    services.rebuild_facts(now=NOW)
    assert stored() == incremental


def test_median_of_months_reads_the_orders_around_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    [one, other], managers = department(2)
    for number, amount in enumerate((5, 99, 100, 101, 102, 40_000, 90_000)):
        _buy([one, other][number % 2], NOW - timedelta(days=15 * number + 10), amount)
    services.rebuild_facts(now=NOW)
    monkeypatch.setattr(queries, "median", None)  # nobody reads all of them
    year = queries.question(Period(date(2025, 5, 1), date(2026, 5, 1)))
    assert queries.figures(year)[0]["median_check"].value == 101
    half = queries.question(Period(date(2025, 5, 1), date(2026, 4, 1)))  # an even number: between two of them
    assert queries.figures(half)[0]["median_check"].value == 101.5
    own = queries.question(year.periods[0], segment=Segment(manager=managers[1].pk))
    assert queries.figures(own)[0]["median_check"].value == 101
    empty = queries.question(Period(date(2024, 1, 1), date(2025, 1, 1)))
    assert queries.figures(empty)[0]["median_check"].value is None


def test_median_of_months_reads_all_orders_where_those_around_the_middle_are_others() -> None:
    [client, *_others], _managers = department(2)
    for number, amount in enumerate((100, 200, 300)):
        _buy(client, NOW - timedelta(days=40 * number + 3), amount)
    services.rebuild_facts(now=NOW)
    Order.objects.filter(amount=200).update(amount=290)
    year = queries.question(Period(date(2025, 5, 1), date(2026, 5, 1)))
    [waiting] = queries.figures(year, keys=["median_check"], source=STORED)
    assert waiting["median_check"].value == 290


def test_median_of_months_counts_afresh_what_moved() -> None:
    """Taken in before a page, the month has no median until the sweep; a refund of tomorrow takes nothing off today."""
    [client, *_others], _managers = department(2)
    for number in range(9):
        _buy(client, NOW - timedelta(days=12 * number + 3), 100 + number)
    services.rebuild_facts(now=NOW)
    Order.objects.filter(amount=104).update(refunded_amount=50, refunded_on=NOW.date() + timedelta(days=1))
    Order.objects.filter(amount=103).update(refunded_amount=50, refunded_on=NOW.date())
    services.catch_up(now=NOW)
    assert not Cube.objects.filter(name="median", month=date(2026, 3, 1)).exists()
    medians_agree(Segment())
    services.refresh_facts(now=NOW)
    assert Heap.objects.filter(month=date(2026, 3, 1)).exists()
    medians_agree(Segment())


def test_the_cost_of_an_hour_is_taken_in() -> None:
    one, other = make_user(Role.AM), make_user(Role.AM)
    clients = [make_client(one), make_client(one)]
    talk(clients[0], one, date(2026, 3, 2), 30)
    talk(clients[1], one, date(2026, 2, 2), 30)
    talk(clients[1], other, date(2026, 3, 2), 30)
    services.rebuild_facts(now=NOW)
    march = queries.question(Period(date(2026, 3, 1), date(2026, 4, 1)))
    assert [row.cost for row in worth.served_by_client(march, source=STORED)] == [0, 0]
    cost = HourlyCost.objects.create(user=one, from_on=date(2026, 3, 1), amount=600)
    assert set(DirtyClient.objects.values_list("client_id", flat=True)) == {clients[0].pk}
    services.refresh_facts(now=NOW)
    assert [row.cost for row in worth.served_by_client(march, source=STORED)] == [300, 0]
    HourlyCost.objects.filter(pk=cost.pk).update(user=other, amount=120)
    services.refresh_facts(now=NOW)
    kept = worth.served_by_client(march, source=STORED)
    assert [(row.client_id, int(row.cost)) for row in kept] == [(clients[1].pk, 60), (clients[0].pk, 0)]
    HourlyCost.objects.all().delete()
    services.refresh_facts(now=NOW)
    assert [row.cost for row in worth.served_by_client(march, source=STORED)] == [0, 0]


@pytest.mark.parametrize("seed", range(3))
def test_ends_of_segments_are_found_from_where_they_were(seed: int) -> None:
    """Few different sums among many clients: equals stand on both sides of an end, and it moves by many at once."""
    random = Random(200 + seed)
    clients, managers = department(40)
    ClientSegment.objects.filter(client__in=clients[::3]).update(tier="A")
    services.rebuild_facts(now=NOW)
    assert not BroughtSum.objects.exists()
    for changes in (1, 30, 1, 5, 60, 2):
        for _change in range(changes):
            client, at = random.choice(clients), NOW - timedelta(days=random.randrange(400))
            amount, cost = random.choice([(10, None), (10, 4), (1000, 1200)])
            paid = {"amount": amount, "cost": cost, "status": OrderStatus.COMPLETED, "completed_at": at}
            Order.objects.create(client=client, ordered_at=at, **paid)
        Order.objects.filter(client__in=random.sample(clients, 2)).delete()
        Assignment.objects.filter(client__in=random.sample(clients, 2)).update(user=random.choice(managers))
        services.refresh_facts(now=NOW)
        for segment in (Segment(), Segment(manager=managers[0].pk), Segment(tier="A", manager=managers[1].pk)):
            worth_agrees(queries.question(MONTHS[0], segment=segment))
    incremental = stored()
    services.rebuild_facts(now=NOW)
    assert stored() == incremental
    Order.objects.all().delete()
    services.refresh_facts(now=NOW)
    assert not BroughtSum.objects.exists()
    assert not Brought.objects.exists()


@pytest.mark.parametrize("seed", range(6))
def test_turned_to_a_later_day_equals_rebuilt(seed: int) -> None:
    """Much of what is written lies ahead of the first day; some of it is written on the way."""
    random = Random(100 + seed)
    clients, managers = department(8)
    for _change in range(40):
        _change_something(random, clients, managers)
    day = NOW.replace(year=2025, month=10, day=3)
    services.rebuild_facts(now=day)
    for days in (1, 1, 6, 30, 1, 19, 45, 1, 31, 1, 60, 1):
        day += timedelta(days=days)
        _change_something(random, clients, managers)
        _think_of_an_end(random, random.choice(clients))
        assert services.refresh_facts(now=day).keys() == {"turned"}
        turned = stored()
        services.rebuild_facts(now=day)
        rebuilt = stored()
        for name in rebuilt:
            assert turned[name] == rebuilt[name], (name, day)


def test_many_turned_clients_are_derived_with_all_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    build()
    services.rebuild_facts(now=NOW)
    monkeypatch.setattr(services, "BATCH", 0)
    later = NOW + timedelta(days=300)
    assert services.refresh_facts(now=later) == {"rebuilt": 1}


def test_when_most_clients_changed_all_are_derived(monkeypatch: pytest.MonkeyPatch) -> None:
    clients, _managers = department(4)
    services.rebuild_facts(now=NOW)
    monkeypatch.setattr(services, "BATCH", 1)
    for client in clients[:2]:
        _buy(client, NOW - timedelta(days=3), 500)
    assert services.refresh_facts(now=NOW) == {"rebuilt": 1}
    assert not DirtyClient.objects.exists()


def _change_something(random: Random, clients: list[Client], managers: list[Any]) -> None:
    client = random.choice(clients)
    day = date(2025, 1, 1) + timedelta(days=random.randrange(460))
    at = datetime(day.year, day.month, day.day, random.randrange(24), tzinfo=MOSCOW)
    match random.randrange(10):
        case 0 | 1:
            _buy(client, at, random.randrange(0, 5) * 100)
        case 2:
            ends = random.choice([None, day + timedelta(days=random.randrange(10, 400))])
            Contract.objects.create(
                client=client,
                signed_on=day,
                starts_on=day,
                ends_on=ends,
                amount=Decimal(random.randrange(100, 2000)),
                prolongation_months=random.choice([None, None, 1, 12]),
            )
        case 3:
            Contract.objects.filter(client=client, starts_on__lte=day).update(terminated_on=day)
        case 4:
            Order.objects.filter(client=client, amount__gt=100).update(refunded_amount=100, refunded_on=day)
        case 5:
            tier = random.choice("ABC")
            segment = client.segments.filter(until_on=None, from_on__lt=day)
            if segment.update(until_on=day) or not client.segments.exists():
                client.segments.create(tier=tier, from_on=day)
        case 6 | 7 | 8:
            _say_something(random, client, managers, at)
        case _:
            current = Assignment.objects.get(client=client, ended_at=None)
            moment = max(current.started_at, at)
            Assignment.objects.filter(pk=current.pk).update(ended_at=moment)
            Assignment.objects.create(
                client=client, user=random.choice(managers), reason=AssignmentReason.TRANSFER, started_at=moment
            )


def _buy(client: Client, at: datetime, amount: int) -> None:
    Order.objects.create(client=client, ordered_at=at, completed_at=at, status=OrderStatus.COMPLETED, amount=amount)


def _say_something(random: Random, client: Client, managers: list[Any], at: datetime) -> None:
    match random.randrange(3):
        case 0:
            scale = random.choice([Scale.NPS, Scale.CSAT10, Scale.CSAT5])
            score = random.randrange(1, 6 if scale == Scale.CSAT5 else 11)
            SurveyResponse.objects.create(client=client, scale=scale, score=score, answered_at=at)
        case 1:
            minutes, initiator = random.choice([None, 5, 20]), random.choice(["us", "client"])
            talk(client, random.choice(managers), at.date(), minutes, initiator)
            _state_a_cost(random, random.choice(managers), at.date())
        case _:
            if not client.complaints.filter(state="open").update(state="resolved", resolution="x", resolved_at=at):
                Complaint.objects.create(
                    client=client, what_happened="x", responsible=managers[0], opened_at=at, deadline=at
                )


def _state_a_cost(random: Random, user: Any, day: date) -> None:
    known = HourlyCost.objects.filter(user=user, from_on__gt=day)
    match random.randrange(4):
        case 0:
            HourlyCost.objects.update_or_create(
                user=user, from_on=day, defaults={"amount": random.choice([0, 700, 1234])}
            )
        case 1:
            known.update(amount=555)
        case 2:
            known.delete()


def _think_of_an_end(random: Random, client: Client) -> None:
    contract = client.contracts.exclude(ends_on=None).order_by("ends_on").last()
    if contract is None or contract.ends_on is None:
        return
    words = [random.choice(["", *Likelihood.values]) for _ in range(3)]
    thought = dict(zip(("verdict", "opinion", "signal"), words, strict=True))
    known = {"client": client, "due_on": contract.ends_on, "monthly_value": 1}
    Renewal.objects.update_or_create(contract=contract, turn=random.randrange(2), defaults={**known, **thought})
    if random.random() < 0.2:
        Renewal.objects.filter(contract=contract, turn=1).delete()


def department(clients: int) -> tuple[list[Client], list[Any]]:
    managers = [make_user(Role.AM) for _ in range(2)]
    written = [make_client(managers[number % 2]) for number in range(clients)]
    Assignment.objects.update(started_at=datetime(2025, 1, 1, tzinfo=MOSCOW))
    ClientSegment.objects.update(from_on=date(2025, 1, 1))
    ClientSegment.objects.filter(client__in=written[::2]).update(region=Region.objects.create(name="Север"))
    return written, managers


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_write_while_two_take_in() -> None:
    """Whatever is committed between the steps of a sweep is marked again: nothing is lost, nothing counted twice."""
    clients, managers = department(8)
    services.rebuild_facts(now=NOW)
    together, still_writing = threading.Barrier(4), [0, 1]

    def write(number: int) -> None:
        random = Random(number)
        for _change in range(25):
            with transaction.atomic():
                _change_something(random, clients[number * 4 : number * 4 + 4], managers)

    def take_in(_number: int) -> None:
        while still_writing:
            services.refresh_facts(now=NOW)
            services.catch_up(now=NOW)

    def run(act: Callable[[int], None], number: int) -> None:
        together.wait()
        try:
            act(number)
        finally:
            if act is write:
                still_writing.remove(number)
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(run, act, number) for act in (write, take_in) for number in range(2)]
    for future in running:
        future.result()
    services.refresh_facts(now=NOW)
    incremental = stored()
    agree(Segment())
    services.rebuild_facts(now=NOW)
    assert stored() == incremental


def test_every_manager_and_tier_in_one_statement(django_assert_num_queries: Any) -> None:
    clients, managers = department(6)
    random = Random(7)
    for _change in range(30):
        _change_something(random, clients, managers)
    services.rebuild_facts(now=NOW)
    asked, keys = queries.question(*MONTHS), [manager.pk for manager in managers]
    for dim, values in (("manager", keys), ("tier", ["A", "B", "C"])):
        with django_assert_num_queries(1):
            together = queries.sums_of_each(asked, dim, values, source=STORED)
        one_by_one = queries.sums_of_each(asked, dim, values, source=ROWS)
        for value in values:
            for left, right in zip(together[value], one_by_one[value], strict=True):
                assert {n: v for n, v in left.sums.items() if v and n != "median"} == {
                    n: v for n, v in right.sums.items() if v
                }, (dim, value, left.period)
