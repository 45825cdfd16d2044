from __future__ import annotations

import re
import secrets
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from clients.models import Client, Contact
from core.models import Company
from feedback.enums import ComplaintState, InvitationState
from feedback.models import Complaint, SurveyInvitation, SurveyResponse
from feedback.rules import surveys as rules
from gateways.models import OutboxMessage
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contact, make_user
from work.models import Touch

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Europe/Moscow"))  # a Tuesday
TOKEN = "A" * 43


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM, name="Анна Смирнова")


@pytest.fixture
def client_(owner: User) -> Client:
    return make_client(owner, name="ООО «Север»")


@pytest.fixture
def invitation(client_: Client) -> SurveyInvitation:
    return SurveyInvitation.objects.create(
        client=client_,
        contact=make_contact(client_),
        state=InvitationState.SENT,
        token_digest=rules.token_digest(TOKEN),
        send_on=date(2026, 11, 23),
        closes_on=date(2026, 11, 30),
        sent_at=NOW,
    )


def url(token: str = TOKEN) -> str:
    return f"/s/{token}/"


def answer(browser: Browser, score: object, comment: str = "", at: datetime = NOW, **extra: str) -> object:
    with travel(at, tick=False):
        return browser.post(url(), {"score": score, "comment": comment}, headers=extra or None)


@travel(NOW, tick=False)
@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_page_records_nothing(invitation: SurveyInvitation, client: Browser, method: str) -> None:
    response = getattr(client, method)(url())

    assert response.status_code == 200
    assert not SurveyResponse.objects.exists()
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "private, no-store"
    assert "noindex" in response["X-Robots-Tag"]
    assert not response.cookies


def test_answer_is_recorded_without_any_cookie(invitation: SurveyInvitation) -> None:
    browser = Browser(enforce_csrf_checks=True)
    response = answer(browser, 8, "Всё хорошо", Origin="null")

    assert (response.status_code, response["Location"]) == (302, f"/s/{TOKEN}/thanks/")  # type: ignore[attr-defined, index]
    stored = SurveyResponse.objects.get()
    assert (int(stored.score), stored.comment, stored.answered_at, stored.recorded_by) == (8, "Всё хорошо", NOW, None)
    invitation.refresh_from_db()
    assert (invitation.state, invitation.ended_at) == (InvitationState.ANSWERED, NOW)
    assert not Complaint.objects.exists()


def test_form_of_another_site_is_refused(invitation: SurveyInvitation, client: Browser) -> None:
    response = answer(client, 8, Origin="https://evil.test")

    assert response.status_code == 403  # type: ignore[attr-defined]
    assert not SurveyResponse.objects.exists()


def test_same_answer_twice_is_one(invitation: SurveyInvitation, client: Browser) -> None:
    answer(client, 4, "Плохо")
    answer(client, 4, "Плохо")

    assert (SurveyResponse.objects.count(), Complaint.objects.count(), Touch.objects.count()) == (1, 1, 1)
    assert invitation.client.timeline.filter(kind="survey_answered").count() == 1


@pytest.mark.parametrize("score", ["", "0", "11", "7.5", "x", "-1"])
def test_wrong_score_is_asked_for_again_and_the_comment_is_kept(
    invitation: SurveyInvitation, client: Browser, score: str
) -> None:
    response = answer(client, score, "Мой комментарий")

    assert response.status_code == 400  # type: ignore[attr-defined]
    assert "Мой комментарий" in response.content.decode()  # type: ignore[attr-defined]
    assert not SurveyResponse.objects.exists()


def test_low_score_opens_a_complaint_and_an_urgent_call_at_once(
    invitation: SurveyInvitation, client: Browser, owner: User
) -> None:
    answer(client, 6, "Сорвали срок")

    complaint = Complaint.objects.get()
    assert (complaint.what_happened, complaint.responsible, complaint.opened_at) == ("Сорвали срок", owner, NOW)
    assert complaint.deadline == NOW + timedelta(days=1)  # nine working hours of a nine-hour day
    touch = Touch.objects.get()
    assert (touch.is_urgent, touch.assignee, touch.due_on, touch.rule) == (
        True,
        owner,
        date(2026, 11, 24),
        f"urgent:complaint:{complaint.pk}",
    )
    assert OutboxMessage.objects.get().to_address == owner.email


def test_seven_opens_none_and_a_silent_low_score_says_so(invitation: SurveyInvitation, client: Browser) -> None:
    answer(client, 7)
    assert not Complaint.objects.exists()

    answer(client, 3)
    assert "3" in Complaint.objects.get().what_happened


def test_better_answer_later_keeps_the_complaint_and_is_noted(invitation: SurveyInvitation, client: Browser) -> None:
    answer(client, 4, "Плохо")
    answer(client, 9, "Исправили", at=NOW + timedelta(hours=23))

    stored = SurveyResponse.objects.get()
    assert (int(stored.score), stored.answered_at) == (9, NOW)
    assert Complaint.objects.get().state == ComplaintState.OPEN
    assert invitation.client.timeline.filter(summary__startswith="4 → 9").exists()


def test_earlier_answer_is_shown_for_a_day_and_then_the_link_is_over(
    invitation: SurveyInvitation, client: Browser
) -> None:
    answer(client, 8, "Неплохо")
    with travel(NOW + timedelta(hours=24), tick=False):
        page = client.get(url())
    assert page.status_code == 200
    assert re.search(r'value="8"\s+checked', page.content.decode())
    assert "Неплохо" in page.content.decode()

    later = NOW + timedelta(hours=24, seconds=1)
    assert answer(client, 1, at=later).status_code == 404  # type: ignore[attr-defined]
    assert int(SurveyResponse.objects.get().score) == 8


def test_unknown_expired_and_used_links_look_the_same(invitation: SurveyInvitation, client: Browser) -> None:
    def body(token: str, at: datetime) -> tuple[int, str]:
        with travel(at, tick=False):
            response = client.get(url(token))
        return response.status_code, response.content.decode().replace(token, "TOKEN")

    unknown = body("B" * 43, NOW)
    expired = body(TOKEN, NOW + timedelta(days=7))
    answer(client, 8)
    used = body(TOKEN, NOW + timedelta(days=2))

    assert unknown == expired == used
    assert unknown[0] == 404


def test_last_day_counts(invitation: SurveyInvitation, client: Browser) -> None:
    answer(client, 8, at=datetime(2026, 11, 30, 23, 59, tzinfo=NOW.tzinfo))

    assert SurveyResponse.objects.count() == 1


def test_guessing_is_throttled_per_address(invitation: SurveyInvitation, client: Browser) -> None:
    with travel(NOW, tick=False):
        found = [client.get(url(secrets.token_urlsafe(32))).status_code for _ in range(25)]
        assert found == [404] * 20 + [429] * 5
        assert client.get(url()).status_code == 429
        assert client.get(url(), REMOTE_ADDR="10.0.0.9").status_code == 200


def test_guesses_one_sign_off_and_far_off_find_nothing(invitation: SurveyInvitation, client: Browser) -> None:
    """Each from an address of its own, so that the throttle has no part in it; a hundred thousand: ``make faults``."""
    near = [TOKEN[:place] + sign + TOKEN[place + 1 :] for place in range(len(TOKEN)) for sign in "aB-_"]
    far = [secrets.token_urlsafe(32) for _ in range(28)]
    with travel(NOW, tick=False):
        found = {
            client.get(url(guess), REMOTE_ADDR=f"10.{number // 200}.{number % 200}.1").status_code
            for number, guess in enumerate([*near, *far])
        }
        assert found == {404}
        assert client.get(url()).status_code == 200


def test_page_speaks_both_languages(invitation: SurveyInvitation, client: Browser) -> None:
    with travel(NOW, tick=False):
        russian = client.get(url(), headers={"accept-language": "ru"})
        english = client.get(url() + "?lang=en", headers={"accept-language": "ru"})

    assert '<html lang="ru"' in russian.content.decode()
    assert "How did we do?" in english.content.decode()


def test_satisfied_client_is_asked_for_a_recommendation(invitation: SurveyInvitation, client: Browser) -> None:
    answer(client, 9)
    with travel(NOW, tick=False):
        page = client.get(f"/s/{TOKEN}/thanks/")
        wrong = client.post(f"/s/{TOKEN}/thanks/", {"would_recommend": "maybe"})
        client.post(f"/s/{TOKEN}/thanks/", {"would_recommend": "yes", "text": "Ивану"})

    assert "would_recommend" in page.content.decode()
    assert wrong.status_code == 400
    stored = SurveyResponse.objects.get()
    assert (stored.would_recommend, stored.recommendation) == (True, "Ивану")


def test_disappointed_client_reads_who_will_call(invitation: SurveyInvitation, client: Browser) -> None:
    answer(client, 2)
    with travel(NOW, tick=False):
        page = client.get(f"/s/{TOKEN}/thanks/").content.decode()

    assert "Анна Смирнова" in page
    assert "would_recommend" not in page


def test_thanks_before_an_answer_are_not_shown(invitation: SurveyInvitation, client: Browser) -> None:
    with travel(NOW, tick=False):
        assert client.get(f"/s/{TOKEN}/thanks/").status_code == 404
        assert client.post(f"/s/{TOKEN}/thanks/", {"would_recommend": "yes"}).status_code == 404


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }} {% debug %}"]
)
def test_hostile_comment_stays_text(invitation: SurveyInvitation, client: Browser, hostile: str) -> None:
    answer(client, 8, hostile)
    with travel(NOW, tick=False):
        page = client.get(url()).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    stored = SurveyResponse.objects.get()
    assert stored.comment == hostile


@travel(NOW, tick=False)
def test_page_greets_the_contact_word_for_word_and_names_the_department(
    invitation: SurveyInvitation, client: Browser
) -> None:
    Company.objects.update_or_create(pk=1, defaults={"name": "Портал", "department_name": "Отдел заботы"})
    Contact.objects.filter(client=invitation.client).update(greeting="Привет, <b>Макс</b>!")

    page = " ".join(client.get(url()).text.split())

    assert "Привет, &lt;b&gt;Макс&lt;/b&gt;!" in page
    assert "Портал · Отдел заботы" in page.replace("> ", ">")


@travel(NOW, tick=False)
def test_page_without_a_contact_greets_nobody(invitation: SurveyInvitation, client: Browser) -> None:
    SurveyInvitation.objects.update(contact=None)

    assert client.get(url()).status_code == 200


def test_page_costs_the_same_found_answered_or_not(
    invitation: SurveyInvitation, client: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with travel(NOW, tick=False):
        with django_assert_num_queries(2):
            client.get(url())
        with django_assert_num_queries(2):
            client.get(url("B" * 43))


def test_answer_is_recorded_on_the_day_it_came(invitation: SurveyInvitation, client: Browser) -> None:
    answer(client, 10)

    assert timezone.localdate(SurveyResponse.objects.get().answered_at) == date(2026, 11, 24)
