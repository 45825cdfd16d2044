from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core.errors import ConflictError, DomainError
from scripts.enums import AnswerKind, ObjectionKind
from scripts.models import Question, Script, ScriptVersion
from scripts.queries import current_version, questions_ever_asked
from scripts.rules import MOST_QUESTIONS, QuestionData, moved, with_codes
from scripts.services import add_objection, create_script, publish_version
from staff.enums import Role
from staff.models import User
from tests.factories import make_user

FIRST, SECOND = QuestionData(text="Раз?", code="one"), QuestionData(text="Два?", code="two")


@pytest.fixture
def head(db: None) -> User:
    return make_user(Role.HEAD)


@pytest.fixture
def script(db: None) -> Script:
    return Script.objects.get(code="follow_up")


def browser(user: User) -> Browser:
    page = Browser()
    page.force_login(user)
    return page


def publish(script: Script, head: User, *questions: QuestionData, number: int = 1) -> ScriptVersion:
    return publish_version(
        script=script,
        title="Звонок",
        questions=questions,
        expected_number=number,
        actor=head,
        now=timezone.now(),
    )


def test_new_questions_never_take_a_code_that_was_used() -> None:
    rows = with_codes([FIRST, QuestionData(text=" Новый? "), QuestionData(text="Ещё?")], used=["q1"])
    assert [(row.code, row.text) for row in rows] == [("one", "Раз?"), ("q2", "Новый?"), ("q3", "Ещё?")]


@pytest.mark.parametrize(
    ("place", "step", "expected"),
    [(1, -1, [SECOND, FIRST]), (0, 1, [SECOND, FIRST]), (0, -1, [FIRST, SECOND]), (7, 1, [FIRST, SECOND])],
)
def test_question_changes_places_with_its_neighbour(place: int, step: int, expected: list[QuestionData]) -> None:
    assert moved([FIRST, SECOND], place, step) == expected


def test_kind_of_contact_has_one_script(script: Script, head: User) -> None:
    with pytest.raises(DomainError) as refused:
        create_script(code=script.code, title="Второй", questions=[FIRST], actor=head, now=timezone.now())
    assert refused.value.code == "duplicate"
    script.refresh_from_db()
    assert script.title != "Второй"


@pytest.mark.parametrize("text", [" ", " ДОРОГО "])
def test_objection_has_words_of_its_own(head: User, text: str) -> None:
    add_objection(kind=ObjectionKind.TERMS, text="Дорого", answer="Сколько стоит простой?", actor=head)
    with pytest.raises(DomainError) as refused:
        add_objection(kind=ObjectionKind.TERMS, text=text, answer="", actor=head)
    assert list(refused.value.fields) == ["text"]


def test_department_starts_with_the_five_questions_of_the_follow_up(script: Script) -> None:
    version = current_version("follow_up")
    assert version is not None
    codes = [question.code for question in version.questions.all()]
    assert codes == ["why_us", "liked", "missing", "satisfied", "solution"]
    assert current_version("check_in") is None


def test_edit_is_a_new_version_and_the_old_one_stays(script: Script, head: User) -> None:
    version = publish(script, head, QuestionData(text="Почему мы?", code="why_us"), QuestionData(text="Ещё?"))
    assert (version.number, version.is_current) == (2, True)
    assert current_version("follow_up") == version
    assert Question.objects.filter(script_version__script=script, script_version__number=1).count() == 5
    asked = questions_ever_asked(script)
    assert [question.text for question in asked][:2] == ["Почему мы?", "Ещё?"]
    assert len(asked) == 6


def test_second_editor_is_told(script: Script, head: User) -> None:
    publish(script, head, FIRST)
    with pytest.raises(ConflictError):
        publish(script, head, SECOND, number=1)


@pytest.mark.parametrize("questions", [[], [QuestionData(text=" ")], [QuestionData(text="Да?")] * (MOST_QUESTIONS + 1)])
def test_script_needs_some_real_questions(script: Script, head: User, questions: list[QuestionData]) -> None:
    with pytest.raises(DomainError):
        publish(script, head, *questions)


def test_script_needs_a_title_and_a_free_kind(head: User) -> None:
    values: dict[str, Any] = {"questions": [FIRST], "actor": head, "now": timezone.now()}
    with pytest.raises(DomainError):
        create_script(code="check_in", title=" ", **values)
    with pytest.raises(DomainError):
        create_script(code="follow_up", title="Второй", **values)
    assert create_script(code="check_in", title="Проверка", **values).versions.get().number == 1


def form(*texts: str, number: int | str = 1, **values: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"title": "Звонок", "number": number, "rows": len(texts), "action": "save"}
    for place, text in enumerate(texts):
        data |= {f"code_{place}": "", f"text_{place}": text, f"kind_{place}": AnswerKind.TEXT}
    return data | values


def test_head_publishes_on_the_page(script: Script, head: User) -> None:
    page = browser(head)
    url = f"/scripts/{script.pk}/edit/"
    assert "Почему вы выбрали именно нас?" in page.get(url).text
    answer = page.post(url, form("Первый?", "Второй?"))
    assert answer["Location"] == f"/scripts/{script.pk}/"
    shown = page.get(answer["Location"]).text
    assert "Первый?" in shown
    assert "Почему вы выбрали именно нас?" in shown
    late = page.post(url, form("Опоздал?"))
    assert (late.status_code, late.context["form"]["number"].value()) == (409, "2")
    assert all(text in late.text for text in ("Опоздал?", "Второй?"))
    assert page.post(url, form("", number=2)).status_code == 422
    assert page.post(url, form(number=2)).status_code == 422
    assert page.post(url, form("Да?", number=2, kind_0="nonsense")).status_code == 422
    assert page.post(url, form("Опоздал?", number=2)).status_code == 302
    assert "Опоздал?" in page.get(f"/scripts/{script.pk}/").text


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("up:1", ["б", "а"]),
        ("down:0", ["б", "а"]),
        ("drop:0", ["б"]),
        ("add", ["а", "б", ""]),
        ("up:x", ["а", "б"]),
    ],
)
def test_questions_are_rearranged_without_saving(script: Script, head: User, action: str, expected: list[str]) -> None:
    answer = browser(head).post(f"/scripts/{script.pk}/edit/", form("а", "б", action=action, number="x"))
    assert answer.status_code == 200
    assert [row["text"].value() for row in answer.context["form"].question_rows()] == expected
    assert script.versions.count() == 1


def test_kind_without_a_script_gets_one(head: User) -> None:
    page = browser(head)
    assert page.get("/scripts/new/check_in/").status_code == 200
    assert page.post("/scripts/new/check_in/", form("Как дела?", number=0)).status_code == 302
    assert current_version("check_in") is not None
    assert page.get("/scripts/new/nonsense/").status_code == 302


@pytest.mark.parametrize("more", [0, 2])
def test_list_asks_the_same_number_of_queries(
    more: int, head: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for code in ("check_in", "planned")[:more]:
        create_script(code=code, title=code, questions=[FIRST], actor=head, now=timezone.now())
    page = browser(head)
    page.get("/scripts/")
    with django_assert_num_queries(3):
        assert page.get("/scripts/").status_code == 200


def test_scripts_are_read_by_the_department_and_changed_by_the_head(script: Script) -> None:
    manager, salesperson = browser(make_user(Role.AM)), browser(make_user(Role.SALES))
    assert manager.get(f"/scripts/{script.pk}/").status_code == 200
    assert manager.get(f"/scripts/{script.pk}/edit/").status_code == 403
    assert manager.post(f"/scripts/{script.pk}/edit/", form("Да?")).status_code == 403
    assert salesperson.get("/scripts/").status_code == 403
    assert manager.get("/scripts/999999/").status_code == 404


def test_script_of_a_renewals_stage_says_when_it_is_asked(head: User) -> None:
    page = browser(head).get("/scripts/").text

    assert "звонок о продлении за 90 дней до конца" in page
    assert "renewal-" not in page
    assert "/scripts/new/renewal/" not in page
