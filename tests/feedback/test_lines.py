"""What a line of answers, invitations, complaints and calls says; what people wrote stays text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from core.models import Company
from feedback.queries import Answer, ComplaintLine, Invitation
from feedback.queries.queue import QueueGroup, QueueRow
from feedback.templatetags.call_lines import queue_lines
from feedback.templatetags.complaint_lines import complaint_lines
from feedback.templatetags.survey_lines import answer_lines, invitation_lines

TODAY, AT = date(2026, 11, 30), datetime(2026, 11, 30, 9, tzinfo=UTC)
EVIL, SAFE = "<b>Рога", "&lt;b&gt;Рога"
COMPANY = Company(low_score=6, high_score=9)
ANSWER = Answer(1, 7, EVIL, "csat10", Decimal("7.50"), EVIL, AT, None, None, None)
INVITATION = Invitation(1, 7, EVIL, None, EVIL, "planned", False, None, TODAY, TODAY, None)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, '<span class="tag tag-neutral">7.50</span><td'),
        ({"score": Decimal("6.00")}, '<span class="tag tag-bad">6</span>'),
        ({"score": Decimal(9)}, '<span class="tag tag-good">9</span>'),
        ({"score": Decimal(1), "scale": "csat5"}, 'tag-neutral">1</span> <span class="muted small">'),
        ({"recorded_by_id": 3}, "by phone"),
        ({"complaint_id": 5, "complaint_state": "open"}, "<a href=/complaints/5/>open</a>"),
        ({"comment": "я" * 200}, "я" * 119 + "…"),
    ],
)
def test_answer(values: dict[str, Any], said: str) -> None:
    line = answer_lines([ANSWER._replace(**values)], COMPANY)
    assert said in line
    assert f"<a href=/clients/7/>{SAFE}</a>" in line
    assert EVIL not in line
    assert ("by phone" in line) == ("recorded_by_id" in values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, f">{SAFE}<td"),
        ({"contact": None}, ">—<td"),
        ({"touch_id": 4, "contact": None}, ">by phone<td"),
        ({"state": "answered", "score": Decimal(8)}, "<td class=num data-label=Score>8"),
        ({"is_late": True}, '<span class="tag tag-warn">late</span>'),
        ({"reminded_at": AT}, "reminded"),
    ],
)
def test_invitation(values: dict[str, Any], said: str) -> None:
    line = invitation_lines([INVITATION._replace(**values)], TODAY)
    assert said in line
    assert EVIL not in line
    assert ("late</span>" in line, "reminded" in line) == ("is_late" in values, "reminded_at" in values)


def test_complaint_says_until_when_and_once_resolved_since_when() -> None:
    row = ComplaintLine(5, EVIL, EVIL, "quality", EVIL, AT, AT)
    late, open_, over = (
        complaint_lines([row], now, resolved)
        for now, resolved in ((AT + timedelta(days=1), False), (AT, False), (AT + timedelta(days=1), True))
    )
    assert f"<a href=/complaints/5/>{SAFE}</a>" in late
    assert ("text-bad" in late, "text-bad" in open_, "text-bad" in over) == (True, False, False)
    assert ("data-label=Deadline" in open_, "data-label=Resolved" in over) == (True, True)
    assert EVIL not in late


CALL = QueueRow(
    id=8, client=EVIL, assignee=EVIL, kind="follow-up call", tone="neutral", subject=EVIL, contact=EVIL, phone="",
    outcome="reached", is_urgent=False, is_late=False, due_from=date(2026, 11, 1), due_on=date(2026, 11, 2),
    not_before=None, done_at=AT, local_time="09:30", is_decent=True, waits=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("group", "values", "said"),
    [
        ("due", {}, f'<a href="8/?who=all&amp;kind=x">{SAFE}</a>'),
        ("due", {"contact": ""}, "<span class=muted>—</span>"),
        ("due", {"phone": "+79130000000"}, f'{SAFE}<br><a class="tel" href="tel:+79130000000">'),
        ("due", {"is_late": True}, 'title="The window had passed when the call was planned">late</span>'),
        ("due", {"is_decent": False}, "too early or late"),
        ("due", {"waits": True, "not_before": AT}, "not before"),
        ("coming", {}, "</time> – <time datetime=2026-11-02>"),
        ("done", {"is_decent": False}, "<td data-label=Outcome><div>reached</div>"),
    ],
)  # fmt: skip
def test_call(group: str, values: dict[str, Any], said: str) -> None:
    line = queue_lines(QueueGroup(group, 1, [replace(CALL, **values)]), "who=all&kind=x", mine=False)
    assert said in line
    assert line.count(SAFE) >= 3
    assert EVIL not in line
    assert (">Open</a>" in line) == (group == "done")
    assert ("too early" in line) == (said == "too early or late")


def test_own_calls_name_nobody() -> None:
    line = queue_lines(QueueGroup("due", 1, [replace(CALL, assignee="Anna", subject="")]), "", mine=True)
    assert ('href="8/"' in line, "Anna" in line) == (True, False)
