"""Figures of scales, calls and stops by hand-computed examples."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine

from core.figures import Figure, Period
from core.intervals import wilson
from feedback.models import SurveyResponse
from reports import queries, services
from reports.registry import FIGURES, PUBLIC
from retention.models import Freeze
from staff.enums import Role
from tests.factories import make_client, make_user
from tests.reports.worked_example import TODAY, build, moscow
from work.models import Touch

pytestmark = pytest.mark.django_db
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(moscow("2026-04-15 12:00"), tick=False):
        yield


def march(*keys: str) -> dict[str, Figure]:
    """The same from source rows and from the derived tables."""
    [by_rows] = queries.figures(queries.question(MARCH), keys=keys)
    services.rebuild_facts(now=moscow("2026-04-15 12:00"))
    [by_facts] = queries.figures(queries.question(MARCH), keys=keys)
    assert by_rows == by_facts
    return by_rows


def said(scale: str, *scores: float, about: str = "company") -> None:
    client = make_client(make_user(Role.AM))
    for score in scores:
        SurveyResponse.objects.create(
            client=client, scale=scale, score=score, about=about, answered_at=moscow("2026-03-10 12:00")
        )


def test_five_point_scale_with_its_interval() -> None:
    said("csat5", 5, 5, 4, 3, 4.5, 5, 2, 5)
    said("csat5", 1, about="manager")
    found = march("csat5", "csat_top2")
    assert found["csat5"].value == pytest.approx(33.5 / 8)
    assert found["csat5"].extras["share_5"] == 0.5
    top = found["csat_top2"]
    assert (top.numerator, top.denominator) == (6, 8)
    assert top.bounds == pytest.approx((0.4093, 0.9285), abs=0.0001)


def test_interval_of_a_share_stays_within_its_limits() -> None:
    assert wilson(10, 10) == pytest.approx((0.7225, 1), abs=0.0001)
    assert wilson(0, 0) is None


def test_ease_is_a_mean_of_its_own_scale() -> None:
    said("ces", 7, 5, 6)
    said("csat10", 1)
    assert march("ces")["ces"].value == 6


def test_calls_with_a_note_among_those_made() -> None:
    client, user = make_client(make_user(Role.AM)), make_user(Role.AM)
    for number, (state, note) in enumerate([("done", "Всё хорошо"), ("done", ""), ("done", "Ждёт"), ("open", "x")]):
        done = state == "done"
        Touch.objects.create(
            client=client,
            kind="follow_up",
            assignee=user,
            due_from=date(2026, 3, 5),
            due_on=date(2026, 3, 7),
            state=state,
            note=note,
            outcome="reached" if done else "",
            closed_at=moscow(f"2026-03-0{number + 1} 12:00") if done else None,
            minutes=10,
        )
    found = march("noted_calls")["noted_calls"]
    assert (found.numerator, found.denominator) == (2, 3)
    side = FIGURES["noted_calls"].numerator
    assert side is not None
    [who] = queries.behind(queries.question(MARCH), side).rows
    assert (who.client_id, who.events) == (client.pk, 2)
    Touch.objects.filter(state="open").update(state="done", outcome="reached", closed_at=moscow("2026-03-09 12:00"))
    assert services.refresh_facts(now=moscow("2026-04-15 12:00")) == {"clients": 1}
    [later] = queries.figures(queries.question(MARCH), keys=["noted_calls"])
    assert (later["noted_calls"].numerator, later["noted_calls"].denominator) == (3, 4)


def test_new_against_repeat_money() -> None:
    build()
    january = Period(date(2026, 1, 1), date(2026, 2, 1))
    [found] = queries.figures(queries.question(january, as_of=TODAY), keys=["repeat_revenue"])
    repeat = found["repeat_revenue"]  # first ever: A 1000, D 800, H 1200; then A 2000 and H 800
    assert (repeat.numerator, repeat.denominator) == (2800, 5800)
    assert repeat.extras == {"new": 3000.0, "repeat": 2800.0}
    [who] = queries.figures(queries.question(january, as_of=date(2026, 2, 9)), keys=["repeat_revenue"])
    assert who["repeat_revenue"].numerator == 3800  # the refund came later


def test_starters_with_a_stop_event() -> None:
    clients = build()
    for letter, day in (("H", date(2026, 2, 8)), ("A", date(2026, 1, 20))):  # A is no starter; H's day 30
        Freeze.objects.create(client=clients[letter], stopped_on=day)
    january = Period(date(2026, 1, 1), date(2026, 2, 1))
    [found] = queries.figures(queries.question(january, as_of=TODAY), keys=["campaign_stop_30d", "stop_30d_rate"])
    assert (found["campaign_stop_30d"].numerator, found["campaign_stop_30d"].denominator) == (1, 2)
    assert (found["stop_30d_rate"].numerator, found["stop_30d_rate"].denominator) == (1, 2)


def test_programs_get_the_promised_keys_only() -> None:
    assert len(PUBLIC) == 25
    assert not any(FIGURES[key].page_only for key in PUBLIC)
    assert {"csat5", "csat_top2", "ces", "noted_calls", "repeat_revenue"} <= set(FIGURES) - set(PUBLIC)


def test_who_came_again_within_a_year() -> None:
    clients, user = build(), make_user(Role.AM)
    for letter, day in (("D", "2026-02-02"), ("H", "2026-01-12"), ("K", "2025-02-01"), ("G", "2025-01-31")):
        Touch.objects.create(
            client=clients[letter],
            kind="planned",
            assignee=user,
            due_from=TODAY,
            due_on=TODAY,
            state="done",
            outcome="reached",
            closed_at=moscow(f"{day} 12:00"),
            initiator="client",
        )
    Touch.objects.filter(client=clients["G"]).update(initiator="us")
    january, february = (Period(date(2026, month, 1), date(2026, month + 1, 1)) for month in (1, 2))
    asked = queries.question(january, february)
    found = [
        answer["repeat_contact_rate"] for answer in queries.figures(asked, keys=["repeat_contact_rate", "revenue"])
    ]
    # A came again, H did so on one day, D only in February; K came only in the year to January
    assert [(one.numerator, one.denominator) for one in found] == [(1, 4), (2, 3)]
    services.rebuild_facts(now=moscow("2026-04-15 12:00"))
    [derived] = queries.figures(queries.question(february), keys=["repeat_contact_rate"])
    assert derived["repeat_contact_rate"] == found[1]
    side = FIGURES["repeat_contact_rate"].numerator
    assert side is not None
    who = queries.behind(queries.question(february), side).rows
    assert {row.client_id for row in who} == {clients["A"].pk, clients["D"].pk}
