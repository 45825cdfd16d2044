"""Pages of people and of the company's settings, and the trail behind them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils.translation import gettext
from pytest_django import DjangoAssertNumQueries

from core import queries as core_queries
from core import services as core_services
from core.concurrency import EditConflictError, snapshot
from core.errors import DomainError, ForbiddenError
from core.models import Company, WorkdayOverride, WorkingPeriod
from gateways.models import OutboxMessage
from staff import audit, queries, services
from staff.enums import Role, Scope
from staff.models import Absence, User
from tests.factories import make_user
from tests.forms import shown

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MORNING = (0, time(9), time(13))


@pytest.fixture
def head(client: Client) -> User:
    user = make_user(Role.HEAD, name="Глава Отдела", phone="")
    client.force_login(user)
    return user


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


# --- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_list_of_people_costs_the_same_for_any_number(
    client: Client, head: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows - 1):
        make_user(Role.AM, Role.FEEDBACK)
    client.get("/staff/users/")

    with django_assert_num_queries(4):
        page = client.get("/staff/users/")

    assert len(page.context["page"].object_list) == rows


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Анна", "Глава Отдела"}),
        ({"q": "анн"}, {"Анна"}),
        ({"q": "913 000"}, {"Анна"}),
        ({"q": "анна глава"}, set()),
        ({"role": "head"}, {"Глава Отдела"}),
        ({"state": "inactive"}, {"Пётр"}),
        ({"state": "all", "role": "am"}, {"Анна", "Пётр"}),
        ({"state": "nonsense", "role": "nonsense"}, {"Анна", "Глава Отдела"}),
    ],
)
def test_people_are_found(client: Client, head: User, query: dict[str, str], found: set[str]) -> None:
    make_user(Role.AM, name="Анна", phone="+79130000000")
    make_user(Role.AM, name="Пётр", is_active=False)

    page = client.get("/staff/users/", query)

    assert {user.name for user in page.context["page"].object_list} == found


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "x", "2"])
def test_page_that_does_not_exist_is_the_nearest(client: Client, head: User, number: str) -> None:
    assert client.get("/staff/users/", {"page": number}).status_code == 200


def test_invitation_page_makes_an_account_and_shows_a_refusal(client: Client, head: User) -> None:
    values = {
        "name": "Ольга",
        "username": "olga",
        "email": "olga@company.test",
        "roles": ["am"],
        "timezone": "Asia/Omsk",
        "language": "ru",
    }

    made = client.post("/staff/users/invite/", values)
    again = client.post("/staff/users/invite/", values)

    olga = User.objects.get(username="olga")
    assert made.headers["Location"] == f"/staff/users/{olga.pk}/"
    assert queries.was_invited_only(olga)
    assert again.status_code == 400
    assert set(again.context["form"].errors) == {"username", "email"}


def test_head_is_not_offered_the_administrators_role(client: Client, head: User) -> None:
    form = client.get("/staff/users/invite/").context["form"]

    assert Role.ADMIN not in dict(form.fields["roles"].choices)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"work_starts": "09:00", "work_ends": ""}, "work_ends"),
        ({"work_starts": "", "work_ends": "18:00"}, "work_starts"),
        ({"work_starts": "18:00", "work_ends": "09:00"}, "work_ends"),
        ({"phone": "abc"}, "phone"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"name": ""}, "name"),
    ],
)
def test_profile_says_what_is_wrong(client: Client, head: User, values: dict[str, str], field: str) -> None:
    given = {"name": "Я", "timezone": "Europe/Moscow", "language": "ru", "theme": head.theme}

    response = client.post("/account/", {**given, **values})

    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_two_windows_of_one_profile_ask_about_the_same_field(client: Client, head: User) -> None:
    given = shown(client.get("/account/"))
    client.post("/account/", {**given, "name": "Первая"})

    conflict = client.post("/account/", {**given, "name": "Вторая", "extension": "15"})

    assert conflict.status_code == 409
    assert "Первая" in conflict.content.decode()
    again = {**shown(conflict), "started": conflict.context["started"]}
    for choice, expected in (("theirs", "Первая"), ("mine", "Вторая")):
        decided = client.post("/account/", {**again, "keep-name": choice})
        head.refresh_from_db()
        assert (decided.status_code, head.name, head.extension) == (302, expected, "15")


@pytest.mark.parametrize(
    ("button", "letters"),
    [("invitation", 1), ("password", 1), ("sessions/end", 0), ("deactivate", 0), ("reactivate", 0)],
)
def test_button_says_that_it_was_done(client: Client, head: User, button: str, letters: int) -> None:
    anna = make_user(Role.AM, is_active=button != "reactivate")

    response = client.post(f"/staff/users/{anna.pk}/{button}/", follow=True)

    anna.refresh_from_db()
    assert response.redirect_chain == [(f"/staff/users/{anna.pk}/", 302)]
    assert [message.level_tag for message in response.context["messages"]] == ["success"]
    assert anna.is_active == (button != "deactivate")
    assert OutboxMessage.objects.filter(to_address=anna.email).count() == letters


def test_head_does_not_log_an_administrator_out(client: Client, head: User) -> None:
    assert client.post(f"/staff/users/{make_user(Role.ADMIN).pk}/sessions/end/").status_code == 403


def account_form(client: Client, user: User, **values: object) -> dict[str, Any]:
    return {**shown(client.get(f"/staff/users/{user.pk}/")), **values}


def test_two_heads_ask_about_the_same_field_of_an_account(client: Client, head: User) -> None:
    anna = make_user(Role.AM, name="Анна")
    seen, address = account_form(client, anna), f"/staff/users/{anna.pk}/"
    client.post(address, {**seen, "name": "Первая", "roles": ["feedback"]})

    conflict = client.post(address, {**seen, "name": "Вторая", "roles": ["documents"]})

    assert conflict.status_code == 409
    assert "Первая" in conflict.content.decode()
    assert "специалист по документам" in [row["mine"] for row in conflict.context["clashes"]]
    assert client.post(address, {**seen, "name": ""}).status_code == 422


def test_taken_log_in_name_is_told_beside_its_field(client: Client, head: User) -> None:
    anna = make_user(Role.AM)

    response = client.post(f"/staff/users/{anna.pk}/", account_form(client, anna, username=head.username))

    assert response.status_code >= 400
    assert "username" in response.context["form"].errors


def test_form_that_says_nothing_of_what_was_seen_is_a_conflict(client: Client, head: User) -> None:
    given = {"name": "Я", "timezone": "Europe/Moscow", "language": "ru", "theme": head.theme}

    assert client.post("/account/", given).status_code == 409
    assert client.post("/settings/", {**company_form(client), "original": "[", "grace_days": 3}).status_code == 409


def test_merge_that_makes_no_sense_is_refused(client: Client, head: User) -> None:
    seen = {**company_form(client), "low_score": 6, "high_score": 9}
    client.post("/settings/", {**seen, "high_score": 7})

    response = client.post("/settings/", {**seen, "low_score": 8})

    assert response.status_code >= 400
    assert "low_score" in response.context["form"].errors


def test_scopes_that_no_role_allows_are_not_given(client: Client) -> None:
    sales = make_user(Role.SALES, password="Снежный барс 71")
    client.post("/account/login/", {"login": sales.username, "password": "Снежный барс 71"})
    client.post("/account/reauthenticate/", {"password": "Снежный барс 71"})

    response = client.post("/account/tokens/", {"name": "1С", "scopes": ["reports:read"]})

    assert response.status_code == 400
    assert not sales.api_tokens.exists()


def test_photo_that_is_gone_is_not_found(client: Client, tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path

    assert client.get(f"/media/photos/{'0' * 32}.jpg").status_code == 404
    assert client.get("/media/photos/../../etc/passwd").status_code == 404


def test_refusal_of_a_button_is_told_on_the_next_page(client: Client, head: User) -> None:
    response = client.post(f"/staff/users/{head.pk}/deactivate/", follow=True)

    head.refresh_from_db()
    assert head.is_active
    assert [message.level_tag for message in response.context["messages"]] == ["error"]


def test_tokens_and_sessions_of_a_person_are_ended_from_his_own_pages(client: Client) -> None:
    anna = make_user(Role.AM, password="Снежный барс 71")
    for browser in (client, other := Client()):
        browser.post("/account/login/", {"login": anna.username, "password": "Снежный барс 71"})
        browser.get("/account/sessions/")
    token, bare = services.issue_token(user=anna, scopes=[Scope.CLIENTS_READ], actor=anna, now=NOW)

    client.post(f"/account/tokens/{token.pk}/revoke/")
    client.post("/account/sessions/end-others/")

    assert services.authenticate_token(bare=bare, now=NOW) is None
    assert other.get("/account/").status_code == 302
    [own] = queries.live_sessions(anna)
    client.post(f"/account/sessions/{own.pk}/end/")
    assert client.get("/account/").status_code == 302


# --- absences --------------------------------------------------------------------------------------------------------


def test_absence_is_noted_once_and_removed(client: Client, head: User) -> None:
    anna = make_user(Role.AM)
    days = {"starts_on": "2026-03-02", "ends_on": "2026-03-06", "note": "отпуск"}
    address = f"/staff/users/{anna.pk}/absences/"

    first = client.post(address, days)
    client.post(address, days)

    absence = Absence.objects.get()
    assert first.headers["Location"] == f"/staff/users/{anna.pk}/"
    removed = client.post(f"/staff/absences/{absence.pk}/remove/")
    assert removed.headers["Location"] == f"/staff/users/{anna.pk}/"
    assert not Absence.objects.exists()


def test_absence_of_oneself_leads_back_to_the_profile(client: Client, head: User) -> None:
    response = client.post(f"/staff/users/{head.pk}/absences/", {"starts_on": "2026-03-02", "ends_on": "2026-03-02"})

    assert response.headers["Location"] == "/account/"
    removed = client.post(f"/staff/absences/{Absence.objects.get().pk}/remove/")
    assert removed.headers["Location"] == "/account/"


@pytest.mark.parametrize("days", [{}, {"starts_on": "02.03.2026x", "ends_on": "2026-03-02"}])
def test_absence_without_days_is_asked_for_again(client: Client, head: User, days: dict[str, str]) -> None:
    assert client.post(f"/staff/users/{head.pk}/absences/", days).status_code == 400


def test_absence_that_ends_before_it_begins_is_refused() -> None:
    anna = make_user(Role.AM)

    with pytest.raises(DomainError) as refusal:
        services.add_absence(user=anna, starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 1), note="", actor=anna)

    assert list(refusal.value.fields) == ["ends_on"]


def test_absence_of_somebody_else_is_planned_by_the_head_only() -> None:
    anna, other = make_user(Role.AM), make_user(Role.AM)
    absence = Absence.objects.create(user=anna, starts_on=NOW.date(), ends_on=NOW.date())

    with pytest.raises(ForbiddenError):
        services.add_absence(user=anna, starts_on=NOW.date(), ends_on=NOW.date(), note="", actor=other)
    with pytest.raises(ForbiddenError):
        services.remove_absence(absence=absence, actor=other)


# --- settings --------------------------------------------------------------------------------------------------------


def company_form(client: Client) -> dict[str, Any]:
    form = client.get("/settings/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value is not None}


def test_settings_carry_what_was_shown(client: Client, head: User) -> None:
    """Without it every change would be asked about as if somebody else had made one."""
    assert text_of(client, "/settings/").count('name="original"') == 1


def test_settings_are_changed_and_the_change_is_on_record(client: Client, head: User) -> None:
    response = client.post("/settings/", {**company_form(client), "grace_days": "45"})

    assert response.status_code == 302
    assert core_queries.company().grace_days == 45
    page = text_of(client, "/settings/audit/")
    assert "45" in page
    assert head.name in page


@pytest.mark.parametrize(
    "values",
    [
        {"low_score": "9", "high_score": "9"},
        {"grace_days": "-1"},
        {"grace_days": "366"},
        {"early_days": "366"},
        {"active_days": "0"},
        {"active_days": "3651"},
        {"letter_hour": "25"},
    ],
)
def test_senseless_settings_are_refused(client: Client, head: User, values: dict[str, str]) -> None:
    before = list(Company.objects.values())

    response = client.post("/settings/", {**company_form(client), **values})

    assert response.status_code == 422
    assert list(Company.objects.values()) == before


def test_different_settings_of_two_people_merge_and_the_same_one_asks(client: Client, head: User) -> None:
    seen = company_form(client)
    client.post("/settings/", {**seen, "grace_days": "45"})

    merged = client.post("/settings/", {**seen, "early_days": "12"})
    asked = client.post("/settings/", {**seen, "grace_days": "50"})

    company = core_queries.company()
    assert (merged.status_code, asked.status_code) == (302, 409)
    assert (company.grace_days, company.early_days) == (45, 12)


def test_settings_service_keeps_its_own_rules() -> None:
    company = core_queries.company()
    seen = snapshot(company, ["low_score", "grace_days"])
    with pytest.raises(DomainError) as refusal:
        core_services.update_company(original=seen, mine={"low_score": 9})

    assert list(refusal.value.fields) == ["low_score"]
    assert core_services.update_company(original=seen, mine={"low_score": company.low_score}).version == company.version
    core_services.update_company(original=seen, mine={"grace_days": 31})
    with pytest.raises(EditConflictError):
        core_services.update_company(original=seen, mine={"grace_days": 32})


def test_week_is_replaced_and_rows_that_stay_are_not_touched(client: Client, head: User) -> None:
    core_services.set_working_hours(periods=[MORNING])
    kept = WorkingPeriod.objects.get().pk

    response = client.post(
        "/settings/hours/",
        {"starts_0_0": "09:00", "ends_0_0": "13:00", "starts_0_1": "14:00", "ends_0_1": "18:00"},
    )

    assert response.status_code == 302
    assert WorkingPeriod.objects.order_by("starts")[0].pk == kept
    assert WorkingPeriod.objects.count() == 2


@pytest.mark.parametrize(
    "values",
    [
        {"starts_0_0": ""},
        {"starts_0_0": "09:00"},
        {"starts_0_0": "18:00", "ends_0_0": "09:00"},
        {"starts_0_0": "09:00", "ends_0_0": "13:00", "starts_0_1": "12:00", "ends_0_1": "18:00"},
    ],
)
def test_impossible_week_is_refused(client: Client, head: User, values: dict[str, str]) -> None:
    before = set(WorkingPeriod.objects.values_list("pk", flat=True))

    response = client.post("/settings/hours/", values)

    assert response.status_code == 400
    assert set(WorkingPeriod.objects.values_list("pk", flat=True)) == before


def test_day_of_the_calendar_is_set_changed_and_given_back(client: Client, head: User) -> None:
    day = date(2026, 6, 15)
    for value in ("0", "1"):
        client.post("/settings/calendar/", {"day": day.isoformat(), "is_working": value, "note": "перенос"})

    assert WorkdayOverride.objects.get(day=day).is_working
    assert "перенос" in text_of(client, "/settings/calendar/")
    client.post(f"/settings/calendar/{day}/remove/")
    assert not WorkdayOverride.objects.filter(day=day).exists()
    assert client.post("/settings/calendar/", {"day": "31.02.2026"}).status_code == 400
    assert client.post("/settings/calendar/2026-02-31/remove/").status_code == 404


# --- the trail -------------------------------------------------------------------------------------------------------


def test_trail_of_a_person_tells_who_changed_what(client: Client, head: User) -> None:
    anna = make_user(Role.AM, name="Анна")
    form = client.get(f"/staff/users/{anna.pk}/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    changed = {**values, "name": "Анна Белова", "roles": ["am", "feedback"]}
    client.post(f"/staff/users/{anna.pk}/", {name: value for name, value in changed.items() if value is not None})
    client.post(f"/staff/users/{anna.pk}/absences/", {"starts_on": "2026-03-02", "ends_on": "2026-03-06"})
    client.post(f"/staff/absences/{Absence.objects.get().pk}/remove/")

    found = audit.user_changes(anna)

    assert [change.who for change in found].count(str(head)) == 3
    edit = next(change for change in found if any(field.after == "Анна Белова" for field in change.fields))
    assert {field.before for field in edit.fields} >= {"Анна"}
    page = text_of(client, f"/settings/audit/users/{anna.pk}/")
    assert "Анна Белова" in page


def test_trail_writes_days_times_and_money_as_people_do_and_a_new_row_without_what_was_before(
    client: Client, head: User
) -> None:
    services.add_absence(user=head, starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 10), note="", actor=head)
    company = core_queries.company()
    company.acquisition_cost = Decimal(45000)
    company.save()

    absence = next(change for change in audit.user_changes(head) if "2026" in str(change.fields))
    told = {field.label: field for field in absence.fields}

    assert {field.before for field in told.values()} == {""}
    assert "9 марта 2026" in str(told)
    assert "45 000" in text_of(client, "/settings/audit/").replace("\xa0", " ")


def test_trail_shows_no_secrets(client: Client, head: User) -> None:
    anna = make_user(Role.AM, password="Снежный барс 71")
    _token, bare = services.issue_token(user=anna, scopes=[Scope.CLIENTS_READ], actor=anna, now=NOW)
    anna.set_password("Белый медведь 72")
    anna.save()

    page = text_of(client, f"/settings/audit/users/{anna.pk}/")

    assert bare not in page
    assert anna.password not in page
    assert audit.user_changes(anna)[-1].who == gettext("the system")


def test_trail_is_closed_to_the_application(head: User) -> None:
    events = apps.get_model("staff", "UserEvent")._default_manager
    with pytest.raises(DatabaseError), transaction.atomic():
        events.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        events.update(name="Никто")
