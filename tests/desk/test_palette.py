from __future__ import annotations

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from desk.palette import fits
from staff.enums import Role
from tests.desk.test_frame import someone
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db


def answer(browser: Browser, text: str) -> str:
    response = browser.get("/palette/", {"q": text}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("text", ["", "прод", "ghjl", "ПРОДЛЕНИЯ"])
def test_words_typed_begin_words_of_the_label_on_either_layout(text: str) -> None:
    assert fits("Продления", text)


@pytest.mark.parametrize("text", ["ления", "прод отк", "jnr"])
def test_words_that_begin_nothing_do_not_fit(text: str) -> None:
    assert not fits("Продления", text)


def test_clients_are_found_as_in_the_list_and_lead_to_their_cards() -> None:
    manager = make_user(Role.AM)
    client = make_client(manager, name="ООО «Северный ветер»")
    make_client(manager, name="ООО «Южный ветер»")
    shown = answer(someone(Role.AM), "северн")
    assert f"/clients/{client.pk}/" in shown
    assert "Южный" not in shown


def test_nothing_typed_shows_the_menu_and_what_may_be_begun() -> None:
    shown = answer(someone(Role.AM), " ")
    assert "/renewals/" in shown
    assert "/clients/new/" in shown
    assert "/handoffs/new/" not in shown
    assert "/people/" not in shown


def test_salesperson_finds_neither_others_clients_nor_pages_of_the_department() -> None:
    make_client(make_user(Role.AM), name="ООО «Чужой»")
    shown = answer(someone(Role.SALES), "чуж")
    assert "Чужой" not in shown
    assert "Ничего с таким названием нет" in shown
    assert "/renewals/" not in answer(someone(Role.SALES), "")
    assert "/handoffs/new/" in answer(someone(Role.SALES), "новая")


def test_strange_texts_find_nothing_and_break_nothing() -> None:
    browser = someone(Role.HEAD)
    for text in ("\x00", "' & | !", "<script>", "ы" * 5000):
        assert "<script>" not in answer(browser, text)


def test_nobody_in_particular_finds_nothing() -> None:
    assert Browser().get("/palette/").status_code == 302


def test_palette_asks_twice_beyond_session_and_user(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    manager = make_user(Role.AM)
    browser = someone(Role.AM)
    make_client(manager, name="ООО «Ветер»")
    with django_assert_num_queries(4):
        answer(browser, "ветер")
    for number in range(5):
        make_client(manager, name=f"ООО «Ветер {number}»")
    with django_assert_num_queries(4):
        answer(browser, "ветер")


def test_without_script_it_is_a_page() -> None:
    page = someone(Role.AM).get("/palette/", {"q": "прод"}).content.decode()
    assert "<main" in page
    assert 'value="прод"' in page
    assert "/renewals/" in page
