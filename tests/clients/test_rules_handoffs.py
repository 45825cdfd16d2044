from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal

import pytest

from clients.enums import HandoffStatus, ReturnReason
from clients.rules.handoffs import (
    Candidate,
    choose_manager,
    common_minutes,
    may_become,
    prefers_the_same,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MOSCOW = "Europe/Moscow"


def manager(number: int, load: str = "0", **values: object) -> Candidate:
    defaults: dict[str, object] = {"zone": MOSCOW, "works_from": time(9), "works_until": time(18)}
    return Candidate(id=number, load=Decimal(load), **{**defaults, **values})  # type: ignore[arg-type]


def choose(*candidates: Candidate, zone: str = MOSCOW, **values: object) -> int | None:
    return choose_manager(candidates, client_zone=zone, now=NOW, **values)  # type: ignore[arg-type]


def test_the_least_loaded_is_chosen() -> None:
    assert choose(manager(1, "5"), manager(2, "3"), manager(3, "4")) == 2


def test_a_tie_goes_to_the_older_account() -> None:
    assert choose(manager(2), manager(1)) == 1


def test_who_is_away_is_passed_over_even_as_owner_of_the_group() -> None:
    assert choose(manager(1, is_away=True, holds_group=True), manager(2, "9")) == 2


def test_the_owner_of_the_group_comes_before_the_least_loaded() -> None:
    assert choose(manager(1), manager(2, "9", holds_group=True, zone="Asia/Kamchatka")) == 2


def test_the_preferred_one_comes_before_the_group() -> None:
    assert choose(manager(1, holds_group=True), manager(2, "9"), prefer=2) == 2


def test_a_preferred_one_who_is_away_is_passed_over() -> None:
    assert choose(manager(1), manager(2, is_away=True), prefer=2) == 1


def test_an_excluded_one_is_never_chosen() -> None:
    assert choose(manager(1, holds_group=True), exclude={1}) is None


def test_a_manager_who_sleeps_while_the_client_works_is_not_chosen() -> None:
    assert choose(manager(1), manager(2, "9", zone="Asia/Vladivostok"), zone="Asia/Kamchatka") == 2
    assert choose(manager(1), zone="Asia/Kamchatka") is None


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [
        (MOSCOW, 540),
        ("Asia/Novosibirsk", 300),
        ("Asia/Vladivostok", 120),
        ("Asia/Kamchatka", 0),
        ("America/New_York", 60),
    ],
)
def test_common_minutes_of_an_office_in_moscow(zone: str, minutes: int) -> None:
    assert common_minutes(manager(1), client_zone=zone, now=NOW) == minutes


def test_a_night_shift_meets_the_far_east() -> None:
    night = manager(1, works_from=time(22), works_until=time(6))
    assert common_minutes(night, client_zone="Asia/Kamchatka", now=NOW) == 6 * 60


def test_round_the_clock_meets_everybody() -> None:
    assert common_minutes(manager(1, works_from=time(0), works_until=time(0)), client_zone=MOSCOW, now=NOW) == 540


@pytest.mark.parametrize(
    ("status", "target", "allowed"),
    [
        (HandoffStatus.DRAFT, HandoffStatus.OFFERED, True),
        (HandoffStatus.DRAFT, HandoffStatus.ACCEPTED, False),
        (HandoffStatus.OFFERED, HandoffStatus.ACCEPTED, True),
        (HandoffStatus.OFFERED, HandoffStatus.RETURNED, True),
        (HandoffStatus.RETURNED, HandoffStatus.OFFERED, True),
        (HandoffStatus.RETURNED, HandoffStatus.ACCEPTED, False),
        (HandoffStatus.ACCEPTED, HandoffStatus.RETURNED, False),
    ],
)
def test_states_follow_each_other(status: HandoffStatus, target: HandoffStatus, allowed: bool) -> None:  # noqa: FBT001
    assert may_become(status, target) is allowed


def test_not_ours_goes_to_somebody_else() -> None:
    assert prefers_the_same(ReturnReason.INCOMPLETE)
    assert not prefers_the_same(ReturnReason.NOT_OURS)
