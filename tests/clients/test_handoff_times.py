from __future__ import annotations

import pytest
from django.template import Context, Template

from clients.rules.handoffs import Clocks
from clients.templatetags.handoffs import passed_time, working_time


@pytest.mark.parametrize(("minutes", "text"), [(0, "0 мин"), (130, "2 ч 10 мин"), (1440, "24 ч 0 мин")])
def test_working_time_is_hours_and_minutes(minutes: int, text: str) -> None:
    assert working_time(minutes) == text


@pytest.mark.parametrize(("minutes", "text"), [(59, "59 мин"), (1439, "23 ч 59 мин"), (3000, "2 дн. 2 ч")])
def test_time_by_the_calendar_counts_days(minutes: int, text: str) -> None:
    assert passed_time(minutes) == text


@pytest.mark.parametrize(
    ("clock", "text"),
    [
        (Clocks(days_to_hand_off=0, minutes_to_accept=None, minutes_passed=None), "—"),
        (Clocks(days_to_hand_off=0, minutes_to_accept=30, minutes_passed=30), "30 мин"),
        (Clocks(days_to_hand_off=0, minutes_to_accept=0, minutes_passed=3000), "2 дн. 2 ч рабочего времени 0 мин"),
    ],
)
def test_a_weekend_shows_both_times(clock: Clocks, text: str) -> None:
    html = Template("{% load ui %}{% include 'handoffs/_minutes.html' %}").render(Context({"clock": clock}))
    shown = " ".join(Template("{{ html|striptags }}").render(Context({"html": html})).split())
    assert shown == text
