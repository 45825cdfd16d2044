from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core.inn import inn_problem
from demo.story import SIZES, Contract, Story

TODAY = date(2026, 4, 15)


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(1, SIZES["small"], TODAY, ZoneInfo("Europe/Moscow"), 3)


def refusals(story: Story, year: int) -> tuple[int, int, int]:
    """Refused, due, and those who came back in the year."""
    due = [contract for contract in story.contracts if contract.ends_on.year == year]
    lost = [
        contract
        for contract in due
        if not any(
            following.client == contract.client
            and following.ends_on > contract.ends_on
            and -60 <= (following.starts_on - contract.ends_on).days - 1 <= 30
            for following in story.contracts
        )
    ]

    ends = {(one.client, one.ends_on) for one in story.contracts}
    back = [
        contract
        for contract in story.contracts
        if contract.starts_on.year == year
        and (last := _ends_before(ends, contract))
        and (contract.starts_on - last).days > 31
    ]
    return len(lost), len(due), len(back)


def _ends_before(ends: set[tuple[int, date]], contract: Contract) -> date | None:
    return max((day for client, day in ends if client == contract.client and day < contract.starts_on), default=None)


@pytest.mark.parametrize(("year", "share"), [(2018, 0.50), (2019, 0.30), (2020, 0.55), (2022, 0.15)])
def test_contracts_tell_the_published_refusals(story: Story, year: int, share: float) -> None:
    refused, due, _back = refusals(story, year)

    assert refused / due == share


def test_refusals_of_2021_were_published_with_the_clients_who_came_back(story: Story) -> None:
    refused, due, back = refusals(story, 2021)

    assert back > 5
    assert refused / (due + back) == pytest.approx(0.35, abs=0.01)
    assert refused / due > 0.38


def test_same_seed_and_day_tell_the_same_story(story: Story) -> None:
    again = Story(1, SIZES["small"], TODAY, ZoneInfo("Europe/Moscow"), 3)

    assert (again.clients, again.contracts) == (story.clients, story.contracts)
    assert list(again.orders()) == list(story.orders())
    assert list(again.scores()) == list(story.scores())


def test_another_seed_tells_another_story(story: Story) -> None:
    assert Story(2, SIZES["small"], TODAY, ZoneInfo("Europe/Moscow"), 3).clients != story.clients


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2026, 1, 1), date(2026, 12, 31)])
def test_story_can_be_told_on_any_day(today: date) -> None:
    told = Story(1, SIZES["small"], today, ZoneInfo("Europe/Moscow"), 3)

    assert max(contract.signed_on for contract in told.contracts) <= today


def test_nothing_lies_in_the_future(story: Story) -> None:
    assert all(order.ordered_at.date() <= TODAY for order in story.orders())
    assert all(score.answered_at.date() <= TODAY for score in story.scores())


def test_rows_obey_the_rules_of_the_house(story: Story) -> None:
    assert all(inn_problem(client.inn) is None for client in story.clients if client.inn)
    assert all(contract.starts_on <= contract.ends_on for contract in story.contracts)
    assert all(Decimal(0) <= order.refunded_amount <= order.amount for order in story.orders())
    assert any(client.parent for client in story.clients)
