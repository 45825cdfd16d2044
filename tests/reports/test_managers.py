from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import time_machine
from django.conf import settings
from django.test import Client as Visitor

from clients.enums import AssignmentReason
from clients.models import Assignment, Client, ClientSegment
from core import queries as core_queries
from core.figures import Counted, Norms, Period, Segment
from feedback.enums import About, Scale
from feedback.models import Complaint, SurveyResponse
from reports import queries, services
from reports.alerts import unseen
from reports.enums import AlertKind
from reports.managers import leaders, page, people
from reports.managers.drops import WATCHED, trailing
from reports.managers.queries import OFFERED, manager_sums, monthly_sums
from reports.managers.rules import Sample, Stratum, expected, has_dropped
from reports.models import FigureAlert
from reports.periods import a_year_before
from reports.services import morning
from reports.statements import ROWS, STORED
from reports.wording import Wording
from retention.enums import WinBackOutcome
from retention.models import Freeze, RefusalReason, WinBack
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contract, make_order, make_user
from tests.reports.worked_example import MOSCOW, build, moscow
from work.enums import CallOutcome, TouchKind, TouchState
from work.metrics import missed_touches
from work.models import Touch

NOW = datetime(2026, 4, 15, 12, tzinfo=MOSCOW)
TODAY = NOW.date()
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def test_expected_value_weights_the_departments_rates_with_own_cases() -> None:
    # By hand: 30 own cases of tier A at 90 of 100, 10 of tier C at 30 of 60: (30 × 0,9 + 10 × 0,5) / 40 = 0,8.
    assert expected([Stratum(30, 90, 100), Stratum(10, 30, 60), Stratum(0, 1, 2), Stratum(3, 0, 0)]) == pytest.approx(
        0.8
    )
    assert expected([Stratum(0, 5, 10)]) is None


@pytest.mark.parametrize(
    ("now", "before", "better", "score", "dropped"),
    [
        ((2, 40), (30, 40), True, False, True),
        ((30, 40), (2, 40), True, False, False),
        ((30, 40), (2, 40), False, False, True),
        ((2, 9), (30, 40), True, False, False),
        ((0, 0), (30, 40), True, False, False),
        ((7 * 5, 5), (9 * 20, 20), True, True, True),
        ((8.8 * 5, 5), (9 * 20, 20), True, True, False),
    ],
)
def test_a_drop_is_more_than_chance(
    now: tuple[float, float], before: tuple[float, float], *, better: bool, score: bool, dropped: bool
) -> None:
    assert has_dropped(Sample(*now), Sample(*before), higher_is_better=better, score=score) is dropped


def two_managers() -> tuple[User, User, dict[str, Client]]:
    """The worked example, of which another manager has A and D, A being of tier A."""
    clients = build()
    owner, other = clients["B"].assignments.get().user, make_user(Role.AM, name="Вторая")
    Assignment.objects.filter(client__in=[clients["A"], clients["D"]]).update(user=other)
    ClientSegment.objects.filter(client=clients["A"]).update(tier="A")
    ClientSegment.objects.exclude(client=clients["A"]).update(tier="C")
    return owner, other, clients


@pytest.mark.django_db
def test_cube_tables_and_rows_say_the_same_of_every_cell() -> None:
    owner, other, _clients = two_managers()
    services.rebuild_facts(now=NOW)
    days = Period(date(2025, 12, 10), date(2026, 2, 7))
    quarter = Period(date(2026, 1, 1), date(2026, 4, 1))
    longer = Period(date(2025, 1, 1), date(2026, 4, 1))
    for periods in ((JANUARY, MARCH), (quarter,), (quarter, longer), (days, JANUARY)):
        asked = queries.question(*periods)
        stored, rows = (manager_sums(asked, source=source) for source in (STORED, ROWS))
        for period in periods:
            for manager in (owner.pk, other.pk):
                for tier in ("", "A", "B", "C"):
                    answers = [
                        {key: queries.figure(key, groups.of_manager(period, manager, tier)) for key in OFFERED}
                        for groups in (stored, rows)
                    ]
                    assert answers[0] == answers[1], (period, manager, tier)
    for source in (STORED, ROWS):
        months = monthly_sums(queries.question(JANUARY, MARCH), source=source, manager=owner.pk)
        assert months.of_manager(JANUARY, owner.pk).number("base") == 5
        assert months.of(JANUARY).number("base") == 7


@pytest.mark.django_db
def test_like_for_like_of_the_worked_example() -> None:
    owner, other, _clients = two_managers()
    groups = manager_sums(queries.question(JANUARY), source=ROWS)
    # Base of January: A (tier A, kept) and D, which is no longer covered, of the other; B E F I C of the owner.
    # Tier C of the department: base B C D E F I without D, which ended in December and is covered on the eve: kept 4 of 6.
    assert groups.alike("retention_rate", JANUARY, owner.pk) == pytest.approx(4 / 6)
    assert groups.alike("retention_rate", JANUARY, other.pk) == pytest.approx((1 + 4 / 6) / 2)
    assert groups.alike("active_clients", JANUARY, owner.pk) == pytest.approx(
        groups.of_manager(JANUARY, owner.pk).number("active") - 4 + 5 * 4 / 6
    )
    assert groups.alike("active_clients", JANUARY, 10**6) is None


def touch(client: Client, assignee: User, due: str, closed: str = "", **values: Any) -> Touch:
    day = date.fromisoformat(due)
    done = {"state": TouchState.DONE, "outcome": CallOutcome.REACHED, "closed_at": moscow(closed)} if closed else {}
    return Touch.objects.create(
        client=client,
        assignee=assignee,
        due_from=day,
        due_on=day,
        **{"kind": TouchKind.PLANNED, **done, "closed_by": assignee, **values},
    )


@pytest.mark.django_db
def test_contacts_in_time_and_those_missed() -> None:
    owner = make_user(Role.AM)
    client = make_client(owner)
    touch(client, owner, "2026-04-10", "2026-04-10 23:30")
    missed = [touch(client, owner, "2026-04-10", "2026-04-11 00:10"), touch(client, owner, "2026-04-11")]
    touch(client, owner, "2026-04-15")
    touch(client, owner, "2026-04-09", is_late=True)
    touch(client, owner, "2026-04-09", state=TouchState.CANCELLED)
    april = Period(date(2026, 4, 1), date(2026, 5, 1))
    asked, company = queries.question(april, as_of=TODAY), core_queries.company()
    work = people.work_of(asked, april, company=company)[owner.pk]
    answer = work.on_time
    assert answer is not None
    assert (answer.numerator, answer.denominator, answer.pending, answer.matured) == (1, 3, 1, False)
    assert list(missed_touches(april, today=TODAY, assignee=owner.pk)) == missed
    assert people.work_of(asked, april, company=company, people=[owner.pk])[owner.pk].on_time == answer
    assert (work.open, work.overdue) == (3, 2)


@pytest.mark.django_db
def test_load_counts_clients_weight_contacts_and_complaints() -> None:
    owner, idle = make_user(Role.AM), make_user(Role.AM)
    clients = [make_client(owner, tier="A"), make_client(owner, tier="C"), make_client(owner, archived_at=NOW)]
    touch(clients[0], owner, "2026-04-01")
    Complaint.objects.create(client=clients[0], what_happened="Опоздали", responsible=idle, opened_at=NOW, deadline=NOW)
    asked, company = queries.question(JANUARY, as_of=TODAY), core_queries.company()
    found = people.work_of(asked, JANUARY, company=company)
    assert (found[owner.pk].clients, found[owner.pk].weight, found[owner.pk].overdue) == (2, Decimal(4), 1)
    assert (found[idle.pk].clients, found[idle.pk].complaints) == (0, 1)
    assert people.work_of(asked, JANUARY, company=company, people=[idle.pk]).keys() == {idle.pk}


@pytest.mark.django_db
def test_every_part_of_the_load_opens_what_it_is_made_of() -> None:
    owner, taker = make_user(Role.AM), make_user(Role.AM)
    client, moved = make_client(owner), make_client(owner)
    touch(client, owner, "2026-04-01")
    touch(client, owner, "2026-04-15")
    Complaint.objects.create(client=client, what_happened="Опоздали", responsible=owner, opened_at=NOW, deadline=NOW)
    moved.assignments.update(started_at=moscow("2025-01-01 12:00"), ended_at=moscow("2026-03-10 12:00"))
    Assignment.objects.create(client=moved, user=taker, reason="transfer", started_at=moscow("2026-03-10 12:00"))
    visitor = enter(make_user(Role.HEAD))
    asked = {"from": "2026-03-01", "to": "2026-04-01"}
    text = visitor.get("/reports/managers/", asked).content.decode()
    calls, complaints = f"/calls/?who={owner.pk}", f"/complaints/?who={owner.pk}"
    for address in (calls, f"{calls}&amp;group=overdue", complaints):
        assert f'href="{address}"' in text
    for one in (owner, taker):
        changes = f"/reports/managers/{one.username}/?from=2026-03-01&amp;to=2026-04-01#changes"
        assert text.count(f'href="{changes}"') == 1
        own = visitor.get(f"/reports/managers/{one.username}/", asked)
        assert [row.client for row in own.context["changes"]] == [moved.name]
        assert 'id="changes"' in own.content.decode()
    assert sum(group.count for group in visitor.get(calls).context["groups"] if group.name != "done") == 2
    [late] = visitor.get(f"{calls}&group=overdue").context["groups"]
    assert late.count == 1
    assert len(visitor.get(complaints).context["rows"]) == 1


@pytest.mark.django_db
def test_changes_of_owner_with_90_days_on_both_sides() -> None:
    old, new = make_user(Role.AM), make_user(Role.AM)
    client = make_client(old)
    client.assignments.update(started_at=moscow("2025-01-01 12:00"), ended_at=moscow("2026-01-10 12:00"))
    Assignment.objects.create(
        client=client, user=new, reason=AssignmentReason.TRANSFER, started_at=moscow("2026-01-10 12:00")
    )
    make_order(client, moscow("2025-12-01 12:00"), amount=700)
    make_order(client, moscow("2026-02-01 12:00"), amount=900)
    make_order(client, moscow("2025-09-01 12:00"), amount=50)
    for at, score in (("2025-12-02 12:00", 6), ("2026-02-02 12:00", 9)):
        SurveyResponse.objects.create(client=client, scale=Scale.CSAT10, score=score, answered_at=moscow(at))
    asked = queries.question(JANUARY)
    [change] = people.changes(asked, JANUARY, manager=new.pk)
    assert (change.came, change.observed, change.from_name) == (True, True, old.name)
    assert [change.money_before, change.money_after] == [Decimal(700), Decimal(900)]
    assert [change.score_before, change.score_after] == [Decimal(6), Decimal(9)]
    [given] = people.changes(queries.question(JANUARY, as_of=date(2026, 3, 1)), JANUARY, manager=old.pk)
    assert (given.came, given.observed) == (False, False)
    work = people.work_of(asked, JANUARY, company=core_queries.company())
    assert [(work[one.pk].came, work[one.pk].left) for one in (new, old)] == [(1, 0), (0, 1)]
    assert people.changes(asked, MARCH, manager=new.pk) == []
    services.rebuild_facts(now=NOW)
    shown = enter(new).get(f"/reports/managers/{new.username}/", {"from": "2026-03-01", "to": "2026-04-01"})
    around = shown.context["around"]
    lines = [(line.before, line.after, line.tone) for line in around["lines"]]
    assert (around["count"], lines) == (1, [("6,0", "9,0", "good"), ("700\xa0₽", "900\xa0₽", "good")])
    asked_by_page = {"from": "2026-01-01", "to": "2026-02-01"}
    rows = written(enter(new), f"/reports/managers/{new.username}/manager", **asked_by_page)
    assert ["Средняя оценка", "6,0", "9,0"] in rows
    assert [row[4:] for row in rows if row[:1] == [client.name]] == [[700, 900, 6, 9]]


@pytest.mark.django_db
def test_repeat_by_score_band_and_minutes_by_purpose() -> None:
    owner = make_user(Role.AM)
    client = make_client(owner)
    client.assignments.update(started_at=moscow("2025-01-01 12:00"))
    for scale, at, score, about in (
        (Scale.CSAT10, "2025-11-01 12:00", 10, About.COMPANY),
        (Scale.CSAT10, "2025-07-01 12:00", 9, About.COMPANY),
        (Scale.CSAT10, "2026-03-20 12:00", 7, About.COMPANY),
        (Scale.CSAT10, "2026-03-20 12:00", 3, About.PRODUCT),
        (Scale.CSAT5, "2025-11-01 12:00", 5, About.MANAGER),
        (Scale.CSAT5, "2025-11-01 12:00", 4.8, About.MANAGER),
    ):
        SurveyResponse.objects.create(client=client, scale=scale, about=about, score=score, answered_at=moscow(at))
    make_order(client, moscow("2025-12-01 12:00"))
    found = people.bands(queries.question(MARCH), people.year_to(MARCH), manager=owner.pk)
    rows = [(band.scale, band.band, band.answers, band.observed, band.repeat) for band in found]
    assert rows == [
        ("csat10", 0, 1, 1, 1.0),
        ("csat10", 1, 1, 1, 0.0),
        ("csat10", 2, 1, 0, None),
        ("csat5", 0, 1, 1, 1.0),
        ("csat5", 1, 1, 1, 1.0),
    ]
    year = people.year_to(MARCH)
    scales = page.band_rows(found, Wording("percent"), year=year, manager=owner)
    assert [(one.mean, len(one.rows)) for one in scales] == [("8,67", 3), ("4,90", 2)]
    assert page.band_rows([], Wording("percent"), year=year, manager=owner) == []
    who = enter(owner).get(scales[0].rows[0].url).context["table"].rows
    assert [row[0].text for row in who] == [client.name]
    touch(client, owner, "2026-03-10", "2026-03-10 12:00", minutes=12)
    touch(client, owner, "2026-03-10", "2026-03-10 13:00", minutes=8, kind=TouchKind.URGENT)
    company = core_queries.company()
    spent = people.work_of(queries.question(MARCH), MARCH, company=company, people=[owner.pk])[owner.pk].minutes
    assert spent == {"service": (1, 12), "conflict": (1, 8)}
    assert len(page.minute_rows(spent)) == 2


class Listening(dict[str, int]):
    """Sums that remember which of them a formula asks for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def get(self, name: str, _default: Any = None) -> int:
        self.asked.add(name)
        return 1


@pytest.mark.parametrize(
    ("figures", "sums"), [(page.FOUR, page.SUMS_OF_FOUR), *(((key,), sums) for key, sums in WATCHED.items())]
)
def test_trends_read_every_sum_that_they_are_made_of(figures: tuple[str, ...], sums: tuple[str, ...]) -> None:
    listening = Listening()
    for key in figures:
        queries.figure(key, Counted(MARCH, TODAY, Norms(), listening))
    assert listening.asked - {"csat_perfect"} == set(sums)  # which only says how many gave the highest marks


def test_the_same_days_a_year_ago() -> None:
    leap = a_year_before(Period(date(2028, 2, 1), date(2028, 2, 29)))
    assert leap == Period(date(2027, 2, 1), date(2027, 2, 28))
    late, earlier = trailing(TODAY)
    assert (late.start, late.end, earlier.start) == (date(2026, 1, 1), date(2026, 4, 1), date(2025, 1, 1))


def enter(user: User) -> Visitor:
    visitor = Visitor()
    visitor.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return visitor


def written(visitor: Visitor, path: str, **asked: str) -> list[list[Any]]:
    """The filled cells of an XLSX file, row by row; the PDF of the same page can be made too."""
    assert visitor.get(f"{path}.pdf", asked).content[:5] == b"%PDF-"
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"{path}.xlsx", asked).content))
    return [[cell for cell in row if cell is not None] for row in book.active.iter_rows(values_only=True)]


@pytest.mark.django_db
def test_pages_and_their_queries(django_assert_num_queries: Any) -> None:
    owner, other, clients = two_managers()
    services.rebuild_facts(now=NOW)
    head = enter(make_user(Role.HEAD))
    with django_assert_num_queries(9):
        answer = head.get("/reports/managers/", {"from": "2026-01-01", "to": "2026-02-01"})
    assert [row.manager for row in answer.context["rows"]] == [other, owner]
    with django_assert_num_queries(10):
        year = head.get(f"/reports/managers/{owner.username}/", {"from": "2025-02-01", "to": "2026-02-01"})
    with django_assert_num_queries(10):
        answer = head.get(f"/reports/managers/{owner.username}/", {"from": "2026-01-01", "to": "2026-02-01"})
    assert year.context["charts"] == answer.context["charts"]
    assert [cell.key for cell in answer.context["four"]] == list(page.FOUR)
    churn = answer.context["four"][3]
    assert (churn.value, churn.fraction, churn.department) == ("20,0\xa0%", "1 из 5", "28,6\xa0%")
    # Of the department's tier C four of six stayed; B, E, F and I of the owner's five.
    [(tier, cells)] = answer.context["tiers"]
    assert (tier, cells[0].value, cells[0].fraction, cells[0].department) == ("C", "80,0\xa0%", "4 из 5", "66,7\xa0%")
    assert len(head.get(cells[0].url).context["rows"]) == 5
    assert answer.context["around"] is None
    touch(clients["B"], owner, "2026-01-11")
    late = head.get(f"/reports/managers/{owner.username}/late/", {"from": "2026-01-01", "to": "2026-02-01"})
    assert len(late.context["cases"]) == 1
    for path in ("/reports/managers/", f"/reports/managers/{owner.username}/"):
        assert head.get(path, {"from": "2026-02-01", "to": "2026-01-01"}).status_code == 400
        moved = head.get(path, {"from": "2026-01-01", "last": "2026-01-31", "show": "coefficient"})
        assert moved["Location"] == f"{path}?from=2026-01-01&to=2026-02-01&show=coefficient"
    for path in ("managers", f"{owner.username}/manager"):
        wrong = head.get(f"/reports/managers/{path}.xlsx?from=2026-02-01&to=2026-01-01")
        assert wrong["Location"].endswith("/?from=2026-02-01&to=2026-01-01")
    rows = written(head, f"/reports/managers/{owner.username}/manager", **{"from": "2026-01-01", "to": "2026-02-01"})
    assert [row[:3] for row in rows if row[:1] == ["Отток клиентов"] and len(row) > 1] == [
        ["Отток клиентов", 0.2, "1 из 5"]
    ]


@pytest.mark.django_db
def test_the_file_of_a_manager_holds_his_charts_as_the_page_draws_them() -> None:
    owner, _other, _clients = two_managers()
    services.rebuild_facts(now=NOW)
    visitor, path = enter(make_user(Role.HEAD)), f"/reports/managers/{owner.username}/"
    asked = {"from": "2026-01-01", "to": "2026-02-01"}
    rows = written(visitor, f"{path}manager", **asked)
    for chart in visitor.get(path, asked).context["charts"]:
        start = rows.index(["Период", *(str(series.name) for series in chart.series)], rows.index([str(chart.title)]))
        own = chart.series[0].points[-1]
        last = rows[start + len(chart.labels)]
        assert last[0] == own.label
        assert last[1] == ("—" if own.value is None else pytest.approx(own.value)), chart.title
    assert ["Сформировано 15 апреля 2026, 12:00"] in rows


@pytest.mark.django_db
def test_files_of_managers_hold_numbers_that_can_be_reckoned_with() -> None:
    owner, _other, _clients = two_managers()
    services.rebuild_facts(now=NOW)
    visitor, asked = enter(make_user(Role.HEAD)), {"from": "2026-01-01", "to": "2026-02-01"}
    [four, *_rest] = [
        row
        for row in written(visitor, f"/reports/managers/{owner.username}/manager", **asked)
        if "Отток клиентов" in row[:1]
    ]
    assert four[1:5] == [0.2, "1 из 5", pytest.approx(2 / 6), pytest.approx(2 / 7)]  # all five are of tier C
    rows = written(visitor, f"/reports/managers/{owner.username}/manager", **asked)
    start = next(place for place, row in enumerate(rows) if row[:1] == ["Категория"])
    assert rows[start][1:5] == ["Удержание клиентов", "Отдел", "Доля продлений", "Отдел"]
    assert rows[start + 1][:3] == ["C", pytest.approx(4 / 5), pytest.approx(4 / 6)]
    rows = written(visitor, "/reports/managers/managers", **asked)
    start = rows.index(["Среди таких же клиентов"])
    [alike] = [row for row in rows[start:] if row[:1] == [str(owner)] and len(row) == 8][:1]
    assert alike[4] == pytest.approx(2 / 6)


@pytest.mark.django_db
def test_a_manager_opens_his_own_page_only() -> None:
    owner, other = make_user(Role.AM), make_user(Role.AM)
    visitor = enter(owner)
    assert visitor.get("/reports/managers/")["Location"] == f"/reports/managers/{owner.username}/"
    assert visitor.get(f"/reports/managers/{owner.username}/").status_code == 200
    for tail in ("", "late/", "manager.xlsx", "manager.pdf"):
        assert visitor.get(f"/reports/managers/{other.username}/{tail}").status_code == 404
        assert enter(make_user(Role.SALES)).get(f"/reports/managers/{owner.username}/{tail}").status_code == 403
    assert enter(make_user(Role.FEEDBACK)).get("/reports/managers/").status_code == 403


@pytest.mark.django_db
def test_a_drop_is_told_to_the_head_once_a_month() -> None:
    owner = make_user(Role.AM)
    make_user(Role.AM, is_active=False, name="Ушла давно")
    for number in range(30):
        client = make_client(owner)
        client.assignments.update(started_at=moscow("2024-01-01 12:00"))
        ends = date(2026, 2, 10) if number < 20 else date(2026, 12, 31)
        make_contract(client, date(2024, 12, 1), ends_on=ends)
        SurveyResponse.objects.create(
            client=client, scale=Scale.CSAT10, score=9, answered_at=NOW - timedelta(days=200 + number)
        )
    latest = Client.objects.latest("pk")
    for number in range(5):
        SurveyResponse.objects.create(
            client=latest, scale=Scale.CSAT10, score=6, answered_at=NOW - timedelta(days=40 + number)
        )
    answer = enter(make_user(Role.HEAD)).get("/reports/managers/")
    assert [(drop.manager, drop.now, drop.before) for drop in answer.context["drops"]] == [
        (owner, "28,6\xa0%", "0,0\xa0%"),
        (owner, "6,0", "9,0"),
    ]
    assert [row.manager for row in answer.context["rows"]] == [owner]
    file = written(enter(make_user(Role.HEAD)), "/reports/managers/managers")
    assert [f"{owner.name} — Отток клиентов: 28,6\xa0% после 0,0\xa0%"] in file
    assert morning.raise_alerts(now=NOW) == {"alerts": 2}
    assert morning.raise_alerts(now=NOW + timedelta(days=1)) == {"alerts": 0}
    rows = FigureAlert.objects.order_by("metric").values_list("kind", "metric", "manager", "month", "value", "limit")
    march = date(2026, 3, 1)
    assert list(rows) == [
        (AlertKind.DROP, "churn_rate", owner.pk, march, pytest.approx(20 / 70), 0),
        (AlertKind.DROP, "csat10", owner.pk, march, 6, 9),
    ]
    assert f"{owner.name} — Отток клиентов: 28,6\xa0% за три месяца, 0,0\xa0% за год до того" in {
        one.text for one in unseen()
    }
    own = enter(owner).get(f"/reports/managers/{owner.username}/")
    assert len(own.context["alerts"]) == 2
    assert "28,6\xa0% за три месяца" in own.text
    assert f"manager={owner.username}#churn_rate" in own.text


@pytest.mark.django_db
def test_the_surest_success_leads_whatever_the_work_was() -> None:
    sure, lucky, solver = make_user(Role.AM, name="Анна"), make_user(Role.AM), make_user(Role.FEEDBACK)
    inside, later = moscow("2026-03-10 12:00"), moscow("2026-04-02 12:00")
    why = RefusalReason.objects.all()[0]
    for owner, won, lost in ((sure, 9, 1), (lucky, 1, 0)):
        for number in range(won + lost):
            client = make_client(owner)
            client.assignments.update(started_at=moscow("2026-01-01 12:00"))
            outcome = WinBackOutcome.WON if number < won else WinBackOutcome.LOST
            reason = why if outcome == WinBackOutcome.LOST else None
            WinBack.objects.create(
                client=client, assignee=owner, segment="refused", opened_on=date(2026, 2, 1), outcome=outcome,
                lost_reason=reason, closed_at=inside,
            )  # fmt: skip
            for day, end in ((date(2026, 2, 20), date(2026, 3, 5)), (date(2026, 3, 1), date(2026, 4, 2))):
                saved = "resumed" if number < won else "left"
                Freeze.objects.create(client=client, stopped_on=day, outcome=saved, ended_on=end)
    for at in (inside, later):
        Complaint.objects.create(
            client=Client.objects.latest("pk"), what_happened="Опоздали", responsible=sure, opened_at=moscow("2026-03-01 12:00"), state="resolved",
            deadline=moscow("2026-03-09 12:00"), resolution="Извинились", resolved_at=at, resolved_by=solver,
        )  # fmt: skip
    asked = queries.question(MARCH)
    groups = manager_sums(asked, source=ROWS)

    def order(by: str) -> list[int]:
        return [one.id for one in leaders.leaders(asked, MARCH, groups, [sure, lucky], by=by)]

    assert order("won") == order("saved") == [sure.pk, lucky.pk, solver.pk]
    assert order("solved")[0] == solver.pk
    first, _second, last = leaders.leaders(asked, MARCH, groups, [sure, lucky], by="won")
    fractions = [(one.numerator, one.denominator) for one in (first.outcomes["won"], first.outcomes["saved"])]
    assert fractions == [(9, 10), (9, 10)]
    assert (last.outcomes["solved"].value, last.has_page) == (0, False)
    visitor = enter(make_user(Role.HEAD))
    rows = visitor.get("/reports/managers/", {"by": "won"}).context["leaders"]
    assert [row.name for row in rows] == [str(sure), str(lucky), str(solver)]
    assert (rows[0].cells[2].value, rows[0].cells[2].fraction, rows[2].url) == ("90,0\xa0%", "9 из 10", "")
    behind = {cell.title: visitor.get(cell.url).context for row in (rows[0], rows[2]) for cell in row.cells if cell.url}
    assert {
        str(title): (sum(case.good for case in one["cases"]), len(one["cases"])) for title, one in behind.items()
    } == {
        "Остановки спасены": (9, 10),
        "Возвращено клиентов": (9, 10),
        "Жалоб решено в срок": (0, 1),
    }
    for one in behind.values():
        assert visitor.get(one["cases"][0].url).status_code == 200
    assert visitor.get("/reports/managers/", {"by": "nonsense"}).status_code == 200


@pytest.mark.django_db
def test_contracts_of_a_leader_are_opened_by_the_figure() -> None:
    owner, _other, _clients = two_managers()
    visitor = enter(make_user(Role.HEAD))
    answer = visitor.get("/reports/managers/", {"from": "2025-12-01", "to": "2026-01-01"})
    [row] = [one for one in answer.context["leaders"] if one.name == str(owner)]
    [renewed, *others] = row.cells
    told = written(visitor, "/reports/managers/managers", **{"from": "2025-12-01", "to": "2026-01-01"})
    assert [str(owner), renewed.number, renewed.fraction] in [line[:3] for line in told]
    assert renewed.fraction.endswith(f" из {len(visitor.get(renewed.url).context['rows'])}")
    assert [cell.url for cell in others] == ["", "", ""]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_cases_of_an_outcome_and_their_queries(count: int, django_assert_num_queries: Any) -> None:
    owner = make_user(Role.AM)
    for _number in range(count):
        client = make_client(owner)
        client.assignments.update(started_at=moscow("2026-01-01 12:00"))
        Freeze.objects.create(client=client, stopped_on=date(2026, 3, 1), outcome="resumed", ended_on=date(2026, 3, 5))
    services.rebuild_facts(now=NOW)
    visitor, path = enter(make_user(Role.HEAD)), f"/reports/managers/{owner.username}/outcomes/"
    visitor.get(f"{path}saved/")
    with django_assert_num_queries(6):
        answer = visitor.get(f"{path}saved/", {"from": "2026-03-01", "to": "2026-04-01"})
    assert len(answer.context["cases"]) == count
    empty = visitor.get(f"{path}won/", {"from": "2026-03-01", "to": "2026-04-01"})
    assert "такого не было" in empty.content.decode()
    assert visitor.get(f"{path}saved/", {"from": "2026-04-01", "to": "2026-03-01"}).status_code == 400
    assert visitor.get(f"{path}renewed/").status_code == 404
    assert visitor.get("/reports/managers/nobody/outcomes/saved/").status_code == 404
    assert enter(owner).get(f"{path}saved/").status_code == 403


@pytest.mark.django_db
def test_the_row_of_the_department_opens_who_is_behind_it() -> None:
    two_managers()
    visitor = enter(make_user(Role.HEAD))
    answer = visitor.get("/reports/managers/", {"from": "2026-01-01", "to": "2026-02-01"})
    wholes = {whole.key: whole for whole in answer.context["department"]}
    assert list(wholes) == list(page.TABLE)
    assert (wholes["churn_rate"].value, wholes["csat10"].url) == ("28,6\xa0%", "")
    assert len(visitor.get(wholes["churn_rate"].url).context["rows"]) == 2
    assert len(visitor.get(wholes["active_clients"].url).context["rows"]) == int(wholes["active_clients"].number)
    assert f'href="{wholes["churn_rate"].url}"'.replace("&", "&amp;") in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("end", [date(2026, 4, 1), date(2026, 5, 1), date(2026, 7, 1)])
def test_several_months_come_of_the_cube_as_of_the_rows(end: date) -> None:
    """Also when the last of them has not begun."""
    owner, _other, clients = two_managers()
    for month in (1, 2, 3, 4):
        make_order(clients["B"], moscow(f"2026-0{month}-03 12:00"))
    services.rebuild_facts(now=NOW)
    period = Period(date(2025, 11, 1), end)
    for segment in (Segment(), Segment(manager=owner.pk), Segment(manager=owner.pk, tier="C"), Segment(tier="A")):
        asked = queries.question(period, JANUARY, segment=segment)
        stored, rows = (queries.figures(asked, source=source) for source in (STORED, ROWS))
        assert stored == rows
