from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clients.models import Client, LetterTemplate
from core.errors import ForbiddenError
from feedback.enums import ComplaintCategory, ComplaintState
from feedback.models import Complaint, SurveyInvitation, SurveyResponse
from feedback.queries import complaints_of, scores_of
from feedback.services import ComplaintData, open_complaint
from feedback.services.letters import edit_wording
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contact, make_contract, make_order, make_user
from tests.forms import shown
from work.models import Touch

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Europe/Moscow"))
TODAY = NOW.date()
PAGES = ["/complaints/", "/surveys/", "/surveys/invitations/"]


@pytest.fixture
def complaint(client_: Client, owner: User) -> Complaint:
    data = ComplaintData(category=ComplaintCategory.QUALITY, what_happened="<script>alert(1)</script> царапины")
    return open_complaint(client=client_, data=data, actor=owner, now=timezone.now())


def as_(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("path", [*PAGES, "/settings/letters/"])
def test_pages_are_not_for_strangers_and_sales(path: str) -> None:
    assert Browser().get(path).status_code == 302
    assert as_(make_user(Role.SALES)).get(path).status_code == 403


def test_objects_are_invisible_to_sales(complaint: Complaint) -> None:
    sales = as_(make_user(Role.SALES))
    for path in ("", "edit/"):
        assert sales.get(f"/complaints/{complaint.pk}/{path}").status_code in {403, 404}
    for path in ("resolve/", "reassign/"):
        assert sales.post(f"/complaints/{complaint.pk}/{path}", {}).status_code in {403, 404}
    assert complaints_of(complaint.client, make_user(Role.SALES)) == []
    assert scores_of(complaint.client, make_user(Role.SALES)) == []


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("view", ["open", "overdue", "resolved"])
def test_list_of_complaints_costs_the_same(
    owner: User, count: int, view: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        client = make_client(owner)
        resolved = view == "resolved"
        Complaint.objects.create(
            client=client,
            responsible=owner,
            what_happened=f"Текст {number}",
            deadline=timezone.now() + timedelta(hours=-1 if view == "overdue" else 1),
            state=ComplaintState.RESOLVED if resolved else ComplaintState.OPEN,
            resolution="Да" if resolved else "",
            resolved_at=timezone.now() if resolved else None,
        )
    browser = as_(owner)
    browser.get("/complaints/")
    with django_assert_num_queries(4):
        page = browser.get(f"/complaints/?view={view}&mine=on").content.decode()
    assert page.count("Текст ") == count


def test_complaints_of_one_person_are_listed_under_his_name(owner: User) -> None:
    other = make_user(Role.AM, name="Илья Носов")
    for responsible, text in ((owner, "Моя"), (other, "Чужая")):
        Complaint.objects.create(
            client=make_client(owner), responsible=responsible, what_happened=text, deadline=timezone.now()
        )
    browser = as_(owner)
    answer = browser.get("/complaints/", {"who": other.pk})
    page = answer.content.decode().partition("<main")[2]
    assert [row.what_happened for row in answer.context["rows"]] == ["Чужая"]
    assert "Илья Носов" in page
    assert f"?view=overdue&amp;who={other.pk}" in page
    for wrong in ("x", "-1", "99999999999"):
        assert len(browser.get("/complaints/", {"who": wrong}).context["rows"]) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_lists_of_surveys_cost_the_same(
    owner: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        client = make_client(owner)
        invitation = SurveyInvitation.objects.create(
            client=client, contact=make_contact(client), send_on=date(2026, 11, 23), closes_on=date(2026, 11, 30)
        )
        SurveyResponse.objects.create(client=client, invitation=invitation, scale="csat10", score=4, comment="Плохо")
    browser = as_(owner)
    browser.get("/surveys/")
    with django_assert_num_queries(4):
        assert browser.get("/surveys/?least=1&most=6&scale=csat10").content.decode().count("Плохо") == count
    with django_assert_num_queries(3):
        assert browser.get("/surveys/invitations/?state=planned&way=letter").status_code == 200


def test_filters_narrow_and_nonsense_is_survived(owner: User, client_: Client) -> None:
    SurveyResponse.objects.create(client=client_, scale="csat10", score=4, comment="Первый", answered_at=NOW)
    SurveyResponse.objects.create(client=client_, scale="csat10", score=9, comment="Второй", answered_at=NOW)
    browser = as_(owner)

    page = browser.get("/surveys/?least=7&since=2026-11-01&until=2026-11-30&search=север").content.decode()
    assert ("Первый" in page, "Второй" in page) == (False, True)
    for query in ("least=x", "since=99", "after=%00", "before=!!", "scale=%3Cb%3E", "search=" + "x" * 500):
        assert browser.get(f"/surveys/?{query}").status_code == 200
    assert browser.get("/surveys/invitations/?state=x&way=phone&search=се").status_code == 200


def test_invitations_by_letter_by_phone_and_both(owner: User, client_: Client) -> None:
    by_phone = Touch.objects.create(client=client_, kind="survey", assignee=owner, due_from=TODAY, due_on=TODAY)
    for touch in (by_phone, None):
        SurveyInvitation.objects.create(
            client=client_,
            contact=None if touch else make_contact(client_),
            touch=touch,
            send_on=TODAY,
            closes_on=TODAY,
        )
    shown = {
        way: [row.touch_id for row in as_(owner).get("/surveys/invitations/", {"way": way}).context["rows"]]
        for way in ("", "letter", "phone", "?")
    }
    assert shown == {"": [None, by_phone.pk], "letter": [None], "phone": [by_phone.pk], "?": [None, by_phone.pk]}


def test_complaint_is_shown_with_everything_around_it_and_hostile_text_stays_text(
    complaint: Complaint, owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_contract(complaint.client, date(2026, 11, 1), number="17/26")
    make_order(complaint.client, NOW)
    browser = as_(owner)
    browser.get("/complaints/")
    with django_assert_num_queries(8):
        page = browser.get(f"/complaints/{complaint.pk}/").content.decode()

    assert "17/26" in page
    assert "<script>alert" not in page


def test_whole_way_of_a_complaint_in_the_browser(client_: Client, owner: User) -> None:
    browser = as_(owner)
    assert browser.get(f"/complaints/new/{client_.pk}/").status_code == 200
    empty = browser.post(f"/complaints/new/{client_.pk}/", {"category": "service", "what_happened": ""})
    assert (empty.status_code, Complaint.objects.count()) == (422, 0)
    data = shown(browser.get(f"/complaints/new/{client_.pk}/")) | {"category": "service", "what_happened": "Грубили"}
    for _ in "12":
        browser.post(f"/complaints/new/{client_.pk}/", data)
    complaint = Complaint.objects.get()
    path = f"/complaints/{complaint.pk}/"

    seen = shown(browser.get(f"{path}edit/"))
    assert browser.post(f"{path}edit/", {**seen, "what_happened": "Грубили дважды"}).status_code == 302
    assert browser.post(f"{path}edit/", {**seen, "category": "other"}).status_code == 302
    conflict = browser.post(f"{path}edit/", {**seen, "what_happened": "Хамили", "deadline": "2026-12-01T12:00"})
    assert conflict.status_code == 409
    (clash,) = conflict.context["clashes"]
    assert (clash["original"], clash["theirs"], clash["mine"]) == ("Грубили", "Грубили дважды", "Хамили")
    decided = {**shown(conflict), "started": conflict.context["started"], "keep-what_happened": "theirs"}
    assert browser.post(f"{path}edit/", decided).status_code == 302
    assert browser.post(f"{path}resolve/", {"resolution": ""}).status_code == 400

    before = shown(None, browser.get(path).context["reassign"])
    other = make_user(Role.FEEDBACK)
    assert browser.post(f"{path}reassign/", {}).status_code == 422
    assert browser.post(f"{path}reassign/", {**before, "responsible": other.pk}).status_code == 302
    stale = as_(make_user(Role.HEAD)).post(f"{path}reassign/", {**before, "responsible": make_user(Role.AM).pk})
    assert (stale.status_code, [row["theirs"] for row in stale.context["clashes"]]) == (409, [str(other)])
    assert browser.post(f"{path}resolve/", {"resolution": "Извинились"}).status_code == 302
    late = browser.post(f"{path}resolve/", {"resolution": "Мой текст о том же"})
    assert (late.status_code, "Мой текст о том же" in late.text) == (409, True)
    late = browser.post(f"{path}edit/", {**seen, "what_happened": "Моё описание"})
    assert (late.status_code, "Моё описание" in late.text) == (409, True)

    complaint.refresh_from_db()
    assert (complaint.what_happened, complaint.responsible, complaint.state) == ("Грубили дважды", other, "resolved")


def test_complaint_of_an_archived_client_is_not_opened(owner: User) -> None:
    gone = make_client(owner, archived_at=NOW)

    assert as_(owner).get(f"/complaints/new/{gone.pk}/").status_code == 404


def letter(code: str = "survey") -> LetterTemplate:
    return LetterTemplate.objects.get(code=code, language="ru")


def test_wording_is_edited_by_the_head_alone(client_: Client, owner: User) -> None:
    make_contact(client_, name="Максим Орлов", greeting="Привет, Макс!")
    head = as_(make_user(Role.HEAD))
    path = f"/settings/letters/{letter().pk}/"
    assert as_(owner).get(path).status_code == 403
    assert "Опрос" in head.get("/settings/letters/").content.decode()
    assert "Максим Орлов" in head.get(path).content.decode()

    text = "{{ greeting }}\n\nОценка: {{ survey_url }}"
    seen = shown(head.get(path))
    data = {**seen, "subject": "Тема", "body": text}
    assert head.post(path, data).status_code == 302
    assert letter().body.replace("\r\n", "\n") == text
    assert head.post(path, {**seen, "name": "Письмо с опросом"}).status_code == 302
    assert (letter().name, letter().subject) == ("Письмо с опросом", "Тема")
    assert head.post(path, {**seen, "subject": "Другая тема"}).status_code == 409

    preview = head.get(f"{path}preview/")
    assert "Привет, Макс!" in preview.content.decode()
    assert "sandbox" in preview["Content-Security-Policy"]
    assert head.get(f"/settings/letters/{letter('complaint_opened').pk}/").status_code == 200
    assert head.get(f"/settings/letters/{letter('complaint_opened').pk}/preview/").content == b""


@pytest.mark.parametrize(
    ("subject", "body", "field"),
    [
        ("Тема", "Без ссылки", "survey_url"),
        ("{{ password }}", "{{ survey_url }}", "{{ password }}"),
        ("Тема", "{{ survey_url }} {{ link }}", "{{ link }}"),
    ],
)
def test_wording_that_would_go_out_wrong_is_refused(subject: str, body: str, field: str) -> None:
    path = f"/settings/letters/{letter().pk}/"
    before = letter().body
    head = as_(make_user(Role.HEAD))
    page = head.post(path, {**shown(head.get(path)), "subject": subject, "body": body})

    assert page.status_code == 400
    assert field in page.content.decode()
    assert letter().body == before


def test_service_guards_the_wording_too(owner: User) -> None:
    with pytest.raises(ForbiddenError):
        edit_wording(template=letter(), original={}, mine={}, actor=owner, now=NOW)
