"""What was told before the system, what is counted since, and what happened: never one line of both."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils.timezone import localdate, now

from core.charts import Chart
from core.models import Company
from reports import services, standards
from reports.story import LONGEST, story_months
from retention.enums import AnnotationKind
from retention.models import Annotation, HistoricalRate, Target
from staff.enums import Role
from staff.models import User
from tests.factories import make_user
from tests.reports.test_views import enter
from tests.reports.worked_example import build

pytestmark = pytest.mark.django_db
PAGE = "/reports/department/"


@pytest.fixture
def head() -> User:
    Target.objects.all().delete()
    build()
    return make_user(Role.HEAD)


def tell(head: User, metric: str, month: date, value: int) -> None:
    row = {"metric": metric, "month": month, "value": Decimal(value), "note": "отчёт"}
    standards.add_standard(model=HistoricalRate, values=row, actor=head)


def story(head: User, **asked: str) -> tuple[dict[str, Chart], Any]:
    services.rebuild_facts(now=now())
    context = enter(head).get(PAGE, asked).context
    return {chart.id: chart for chart in context["charts"] if "story" in chart.id}, context


def test_a_rate_told_once_a_year_stands_beside_both_readings_of_the_contracts(head: User) -> None:
    """2025: three of six refused. 2026: G and those after it refused; D came back."""
    tell(head, "refusal_rate", date(2024, 6, 1), 50)
    charts, _context = story(head)
    told, counted, inside = charts["chart-story-refusal_rate"].series
    assert [point.value for point in told.points][:2] == [0.5, None]
    assert told.points[0].note == "Июнь 2024, отчёт"
    assert counted.points[0].value is None
    assert (counted.points[1].value, inside.points[1].value) == (0.5, 0.5)
    refused = int(str(counted.points[2].note).split()[0])  # grows as the year goes on
    assert (counted.points[2].value, inside.points[2].value) == (1.0, refused / (refused + 1))
    url = inside.points[2].url
    assert [client.name for client, _row in enter(head).get(url).context["rows"]] == ["D"]


def test_other_figures_are_told_and_counted_month_by_month(head: User) -> None:
    tell(head, "renewal_rate", date(2025, 11, 1), 70)
    tell(head, "renewal_rate", date(2025, 12, 1), 65)
    tell(head, "average_check", date(2025, 12, 1), 900)
    charts, _context = story(head)
    told, counted = charts["chart-story-renewal_rate"].series
    assert [point.value for point in told.points][:3] == [0.7, 0.65, None]
    assert [point.value for point in counted.points][:2] == [0.0, 0.6]
    told, counted = charts["chart-story-average_check"].series
    assert [point.value for point in told.points][:2] == [900, None]
    assert counted.points[1].value == 1160


def test_the_average_check_is_drawn_since_a_year_before_the_department(head: User) -> None:
    Company.objects.update(department_started_on=date(2026, 1, 1))
    charts, _context = story(head)
    chart = charts["chart-story-check"]
    assert chart.labels[:5] == ["1К25", "2К25", "3К25", "4К25", "1К26"]
    first = chart.series[0].points[4]
    assert first.value == pytest.approx((1000 + 2000 + 500 + 800 + 1200 + 800) / 6)
    assert [(marker.at, marker.label) for marker in chart.markers] == [("1К26", "создан отдел")]
    assert len(enter(head).get(first.url).context["rows"]) == 3


def test_each_event_says_how_renewals_went_around_it(head: User) -> None:
    """December renewed three of five, November none of one: half of six. After 2026-01-01: G is lost."""
    for day, text in ((date(2026, 1, 1), "Сокращён охват"), (date(1999, 1, 1), "Давно")):
        row = {"day": day, "kind": AnnotationKind.RULES, "text": text}
        standards.add_standard(model=Annotation, values=row, actor=head)
    _charts, context = story(head)
    [shown] = context["events"]
    assert (shown.number, shown.before, shown.after) == (2, "50,0\u00a0%", "0,0\u00a0%")
    assert "before_from=2025-11-01" in shown.url
    narrow, context = story(head, tier="A")
    assert narrow == {}


def test_nothing_told_no_department_no_story(head: User) -> None:
    charts, _context = story(head)
    assert charts == {}
    today = date(2026, 3, 5)
    assert story_months([], None, today) == []
    assert story_months([], date(2040, 1, 1), today) == []
    old = story_months([date(1990, 1, 1)], None, today)
    assert (old[0].start, old[-1].start) == (date(2026 - LONGEST, 1, 1), date(2026, 3, 1))
    assert story_months([], date(2019, 1, 15), localdate())[0].start == date(2018, 1, 1)
