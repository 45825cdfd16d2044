"""What a line of each list says, whatever state its row is in; what people wrote stays text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from retention.enums import ReasonKind
from retention.metrics.reasons import Cell, ReasonCount
from retention.models import TrustCampaign
from retention.queries.attention import Sign
from retention.queries.freezes import Stop
from retention.queries.refusal_list import Left, Promised, Reason, Talk
from retention.queries.unexplained import OpenEnd
from retention.queries.winbacks.listing import Attempt, Progress
from retention.queries.winbacks.returns import Returned, Wrong
from retention.queries.winbacks.segments import CandidateRow
from retention.templatetags import keeping_lines, refusal_lines, win_back_lines

TODAY = date(2026, 11, 30)
EVIL, SAFE = "<b>Рога", "&lt;b&gt;Рога"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


SIGN = Sign(
    id=1, kind="silence", since=TODAY - timedelta(days=20), norm_days=10, value=Decimal("1500.40"), client_id=7,
    client=EVIL, tier="B", owner=None, touch_id=None, touch_state=None, due_on=None, event_kind=None, event_at=None,
)  # fmt: skip


def test_sign_that_waits_for_its_call() -> None:
    line = keeping_lines.sign_lines([SIGN], TODAY)
    assert f"<a href=/clients/7/>{SAFE}</a><small>tier B</small>" in line
    assert "20 days <small>of 10, × 2.0</small>" in line
    assert "waits for its turn" in line
    assert line.count("—") == 2


def test_failed_order_has_no_norm_and_the_last_event_has_its_day() -> None:
    at = datetime(2026, 11, 1, 22, tzinfo=UTC)  # the second of November in Moscow
    line = keeping_lines.sign_lines([SIGN._replace(norm_days=None, event_kind="order_created", event_at=at)], TODAY)
    assert "20 days<td" in line
    assert "<small><time datetime=2026-11-02>" in line


@pytest.mark.parametrize(("days", "word"), [(1, ""), (2, "2 days overdue"), (5, "5 days overdue")])
def test_call_that_nobody_makes(days: int, word: str) -> None:
    row = SIGN._replace(touch_id=5, touch_state="open", due_on=TODAY - timedelta(days=days))
    line = keeping_lines.sign_lines([row], TODAY)
    assert "<a href=/calls/5/><time" in line
    assert ("overdue" in line) == bool(word)
    assert word in line


def test_call_that_was_made() -> None:
    line = keeping_lines.sign_lines([SIGN._replace(touch_id=5, touch_state="done", due_on=date(2026, 1, 1))], TODAY)
    assert "<a href=/calls/5/>done</a>" in line


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "stands still"),
        ({"reason": "unknown"}, '<span class="tag tag-warn">not known yet</span>'),
        ({"expected_end": TODAY - timedelta(days=1)}, "<span class=text-bad><time"),
        ({"expected_end": TODAY + timedelta(days=1)}, "<time datetime=2026-12-01>"),
        ({"expected_end": TODAY - timedelta(days=1), "outcome": "left"}, '<span class="tag tag-bad">left</span>'),
        ({"outcome": "resumed"}, '<span class="tag tag-good">resumed</span>'),
    ],
)
def test_stop(values: dict[str, Any], said: str) -> None:
    row = Stop(3, EVIL, "A", "frozen", "season", TODAY, None, "", None)._replace(**values)
    line = keeping_lines.stop_lines([row], TODAY)
    assert said in line
    assert f"<a href=/freezes/3/>{SAFE}</a><small>tier A</small>" in line
    assert ("text-bad" in line) == said.startswith("<span class=text-bad")


LEFT = Left(4, EVIL, EVIL, TODAY, 1, None, None, EVIL, Decimal(100))
NAMED = {1: Reason(1, "service", EVIL, True), 2: Reason(2, "terms", "Price", True)}


@pytest.mark.parametrize(
    ("values", "said"),
    [({}, "not found out yet"), ({"declined": True}, "would not talk"), ({"established": 2}, "terms</span> Price")],
)
def test_refusal(values: dict[str, Any], said: str) -> None:
    line = refusal_lines.refusal_lines([LEFT._replace(**values)], NAMED, TODAY)
    assert said in line
    assert f"<a href=/refusals/4/>{SAFE}</a><small>{SAFE}</small>" in line
    assert f"service</span> {SAFE}" in line
    assert EVIL not in line


def test_refusal_of_the_client_as_a_whole_names_no_contract() -> None:
    assert "<small>" not in refusal_lines.refusal_lines([LEFT._replace(contract=None)], NAMED, TODAY)


def test_interview_is_red_once_its_day_has_passed() -> None:
    row = Talk(1, 4, EVIL, "terms", EVIL, "Anna", "Zoe", TODAY - timedelta(days=1))
    assert "<span class=text-bad><time" in refusal_lines.talk_lines([row], TODAY)
    assert "text-bad" not in refusal_lines.talk_lines([row._replace(due_on=TODAY)], TODAY)


def test_promise_is_cut_and_may_have_no_day() -> None:
    long, short = Promised(1, 4, "я" * 200, EVIL, "Zoe", None), Promised(2, 4, EVIL, EVIL, "Zoe", TODAY)
    line = refusal_lines.promise_lines([long, short], TODAY)
    assert "я" * 139 + "…" in line
    assert "—" in line
    assert EVIL not in line


def test_open_end_leads_to_its_reason() -> None:
    row = OpenEnd(9, 7, EVIL, EVIL, TODAY, None, Decimal(5))
    assert 'href="/refusals/new/7/?contract=9"' in refusal_lines.open_end_lines([row], TODAY)


def test_counted_reason_opens_who_is_behind_it() -> None:
    reason = NAMED[1]
    known = ReasonCount(reason, stated=0, established=2, established_value=Decimal(7), established_reached=0.5)
    said = ReasonCount(reason, stated=3, stated_value=Decimal(8))
    line = refusal_lines.reason_lines([(known, "?said=1", "?a=1&true=1"), (said, "?said=1", "?true=1")], "percent")
    assert '<a href="?a=1&amp;true=1">2</a>' in line
    assert '<a href="?said=1">3</a>' in line
    assert "<span class=muted>8" in line
    assert EVIL not in line


def test_matrix_marks_where_words_and_truth_part() -> None:
    service, terms = ReasonKind.SERVICE, ReasonKind.TERMS
    cells = [(Cell(service, service, 2), "?a"), (Cell(service, terms, 1), "?b"), (Cell(service, None, 0), "?c")]
    line = refusal_lines.matrix_lines([(service, cells, 3)])
    assert '<a href="?a"><strong>2</strong></a>' in line
    assert '<a href="?b" class=text-bad>1</a>' in line
    assert "<span class=muted>·</span>" in line


ATTEMPT = Attempt(6, EVIL, "C", "silent", "new", None, TODAY, 2, EVIL, None, None, "", None)


def test_attempt_in_the_list() -> None:
    row = ATTEMPT._replace(campaign_id=3, campaign=EVIL, next_step_on=TODAY - timedelta(days=1))
    line = win_back_lines.win_back_lines([row], TODAY)
    assert f"<a href=/winback/6/>{SAFE}</a> <small>tier C</small>" in line
    assert f"<a href=/winback/campaigns/3/>{SAFE}</a>" in line
    assert "<span class=text-bad><time" in line
    assert "to contact" in line


def test_attempt_that_ended() -> None:
    lost = win_back_lines.win_back_lines([ATTEMPT._replace(outcome="lost", lost_reason=EVIL)], TODAY)
    won = win_back_lines.win_back_lines([ATTEMPT._replace(outcome="won")], TODAY)
    assert f"not won back</span> <small>{SAFE}</small>" in lost
    assert "won back</span><td" in won


def test_card_is_moved_by_the_one_who_tries_and_by_the_head() -> None:
    row = ATTEMPT._replace(campaign_id=3, campaign=EVIL)
    own, heads_, others = (
        win_back_lines.win_back_cards([row], TODAY, user, leads) for user, leads in ((2, False), (1, True), (1, False))
    )
    assert own == heads_
    assert f'aria-label="Move: {SAFE}"' in own
    assert "<a href=/winback/6/#stage>" in own
    assert "data-card" not in others
    assert "no next step" in others


def test_candidate_is_ticked_by_name() -> None:
    line = win_back_lines.candidate_lines([CandidateRow(7, "complaint", TODAY, EVIL, "A", None)], TODAY)
    assert f'name=clients value=7 aria-label="Take: {SAFE}"' in line
    assert "tag-warn" in line


def test_return_with_and_without_an_attempt() -> None:
    alone = Returned(1, 7, EVIL, TODAY, TODAY)
    line = win_back_lines.return_lines([alone, alone._replace(win_back=6, assignee=EVIL)], TODAY)
    assert "none recorded" in line
    assert f"<a href=/winback/6/>{SAFE}</a>" in line


def test_mismatch_says_what_is_wrong() -> None:
    at = datetime(2026, 11, 1, 22, tzinfo=UTC)
    line = win_back_lines.mismatch_lines([Wrong(6, EVIL, at, "order")], TODAY)
    assert "<time datetime=2026-11-02>" in line
    assert "the order was cancelled or given back" in line


def test_people_of_a_campaign_have_a_box_each() -> None:
    line = win_back_lines.people_ticks([(3, EVIL)])
    assert "name=people value=3 id=id_people_0>" in line
    assert SAFE in line


def test_progress_of_a_campaign_opens_who_stands_where() -> None:
    told = Progress(TrustCampaign(pk=3, goal=4), 4, 3, 2, 1, 0, {"new": 1, "talking": 2, "offered": 0, "trying": 0})
    shown = win_back_lines.campaign_progress(told, "percent")
    assert '<dd>3, 75.0\u00a0% <progress max=4 value=3 aria-label="Contacted"></progress></dd>' in shown
    assert "<dd>1 / 4, 25.0" in shown
    assert '<a href="/winback/list/?campaign=3&amp;stage=talking">In talks</a>' in shown
    assert "<span class=muted>Offer made</span>" in shown


def test_campaign_without_clients_and_goal_has_nothing_to_open() -> None:
    told = Progress(TrustCampaign(pk=3), 0, 0, 0, 0, 0, dict.fromkeys(("new", "talking", "offered", "trying"), 0))
    shown = win_back_lines.campaign_progress(told, "percent")
    assert "<dd>0, — <progress max=1 value=0" in shown
    assert "<li>" not in shown
