from __future__ import annotations

import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.test import Client as Browser
from django.test import override_settings
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from core.models import Company
from desk.navigation import ENTRIES
from ops.base_css import TARGET, build
from staff.enums import Role, Theme
from staff.models import User
from tests.factories import make_user

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def logged_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return browser


def someone(*roles: Role, **values: object) -> Browser:
    return logged_in(make_user(*roles, **values))


@pytest.mark.django_db
def test_styleguide_opens_for_head_and_admin_only() -> None:
    assert someone(Role.HEAD).get("/styleguide/").status_code == 200
    assert someone(Role.ADMIN).get("/styleguide/").status_code == 200
    assert someone(Role.AM).get("/styleguide/").status_code == 403
    assert Browser().get("/styleguide/").status_code == 302


@pytest.mark.django_db
def test_frame_costs_nothing_beyond_session_and_user(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    browser = someone(Role.HEAD)
    browser.get("/styleguide/")

    with django_assert_num_queries(2):
        browser.get("/styleguide/")


@pytest.mark.django_db
def test_start_page_helps_a_person_without_a_role() -> None:
    response = someone().get("/")

    assert response.status_code == 200
    assert "desk/start.html" in [template.name for template in response.templates]


@pytest.mark.django_db
def test_theme_is_kept_for_the_person_and_comes_with_the_page() -> None:
    user = make_user(Role.HEAD)
    browser = logged_in(user)

    browser.post(reverse("desk:theme"), {"theme": "dark", "next": "/styleguide/"})

    user.refresh_from_db()
    assert user.theme == Theme.DARK
    assert 'data-bs-theme="dark"' in browser.get("/styleguide/").content.decode()


@pytest.mark.django_db
def test_theme_of_a_visitor_is_kept_in_a_cookie() -> None:
    browser = Browser()

    response = browser.post(reverse("desk:theme"), {"theme": "dark"}, headers={"X-Quiet": "1"})

    assert response.status_code == 204
    assert 'data-bs-theme="dark"' in browser.get("/nowhere/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "field"), [("desk:theme", "theme"), ("desk:language", "language")])
def test_unknown_choice_changes_nothing(route: str, field: str) -> None:
    user = make_user(Role.AM)
    browser = logged_in(user)

    response = browser.post(reverse(route), {field: "'; --"})

    user.refresh_from_db()
    assert response.status_code == 302
    assert not response.cookies
    assert (user.theme, user.language) == ("auto", "ru")


@pytest.mark.django_db
def test_language_of_the_person_wins_over_the_browser() -> None:
    browser = someone(Role.HEAD)

    browser.post(reverse("desk:language"), {"language": "en"})
    response = browser.get("/styleguide/", headers={"Accept-Language": "ru"})

    assert '<html lang="en"' in response.content.decode()
    assert response["Content-Language"] == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("away", ["https://evil.test/", "//evil.test/", "javascript:alert(1)", ""])
def test_nobody_is_sent_to_another_site(away: str) -> None:
    response = Browser().post(reverse("desk:theme"), {"theme": "dark", "next": away})

    assert response["Location"] == "/"


@pytest.mark.django_db
def test_referring_page_is_returned_to() -> None:
    response = Browser().post(
        reverse("desk:theme"), {"theme": "dark"}, headers={"Referer": "http://testserver/account/login/"}
    )

    assert response["Location"] == "http://testserver/account/login/"


@pytest.mark.django_db
def test_counts_are_for_those_who_are_logged_in() -> None:
    assert someone(Role.AM).get(reverse("desk:counts")).status_code == 200
    assert Browser().get(reverse("desk:counts")).status_code == 302


@pytest.mark.django_db
def test_stale_form_is_explained() -> None:
    response = Browser(enforce_csrf_checks=True).post(reverse("desk:theme"), {"theme": "dark"})

    assert response.status_code == 403
    assert "error.html" in [template.name for template in response.templates]


@pytest.mark.django_db
@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10)
def test_too_big_a_form_is_413() -> None:
    assert Browser().post(reverse("desk:theme"), {"theme": "d" * 100}).status_code == 413


def test_keys_of_the_menu_differ() -> None:
    keys = [entry.key for entry in ENTRIES]

    assert len(set(keys)) == len(keys)


def test_base_css_is_what_the_pinned_bootstrap_gives() -> None:
    assert TARGET.read_text(encoding="utf-8") == build()


def test_assets_of_a_page_weigh_at_most_40_kb() -> None:
    names = re.findall(r'{% static "([^"]+)" %}', (TEMPLATES / "_head.html").read_text(encoding="utf-8"))
    files = [finders.find(name) for name in names]

    assert len(names) == 4
    weight = sum(len(brotli.compress(Path(str(file)).read_bytes(), quality=11)) for file in files)
    assert weight <= 40 * 1024


def test_templates_use_no_class_that_was_cut_from_bootstrap() -> None:
    full = finders.find("css/bootstrap.min.css")
    ours = TARGET.read_text(encoding="utf-8") + (TARGET.parent / "app.css").read_text(encoding="utf-8")
    name = re.compile(r"\.([a-z][\w-]*)")
    cut = set(name.findall(Path(str(full)).read_text(encoding="utf-8"))) - set(name.findall(ours))
    used: dict[str, str] = {}
    for file in TEMPLATES.rglob("*.html"):
        for value in re.findall(r'class="([^"]*)"', file.read_text(encoding="utf-8")):
            used |= dict.fromkeys(re.sub(r"{[{%].*?[%}]}", " ", value).split(), file.name)

    assert {css: file for css, file in used.items() if css in cut} == {}


def test_templates_hold_no_inline_style_script_or_handler() -> None:
    forbidden = re.compile(r"\sstyle=|<style|<script(?![^>]*(\ssrc=|application/json))|\son\w+=|hx-on|javascript:")
    pages = [file for file in TEMPLATES.rglob("*.html") if "letter" not in file.name and "email" not in file.parts]
    found = [file.name for file in pages if forbidden.search(file.read_text(encoding="utf-8"))]

    assert found == []


@pytest.mark.parametrize("name", sorted(str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.html")))
def test_template_compiles(name: str) -> None:  # it raises otherwise
    get_template(name)


@pytest.mark.django_db
def test_menu_names_the_department_as_the_company_calls_it() -> None:
    Company.objects.update(department_name="Отдел заботы")

    assert "Отдел заботы" in someone(Role.AM).get(reverse("desk:counts")).content.decode()


@pytest.mark.django_db
def test_start_page_answers_a_question_about_its_head_alone() -> None:
    assert someone(Role.AM).head("/").status_code == 302
