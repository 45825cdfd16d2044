from __future__ import annotations

import pytest

from clients.rules.greetings import greeting_for
from clients.rules.wording import Block, blocks, fill, unknown_placeholders, with_greeting


@pytest.mark.parametrize(
    ("name", "form", "expected"),
    [
        ("Максим Орлов", "vy", "Здравствуйте, Максим!"),
        ("Орлов Максим", "ty", "Привет, Максим!"),
        ("Орлов Максим Сергеевич", "vy", "Здравствуйте, Максим Сергеевич!"),
        ("Орлов Максим Сергеевич", "ty", "Привет, Максим!"),
        ("Анна Сергеевна Ким", "vy", "Здравствуйте, Анна Сергеевна!"),
        ("Лев Толстой", "vy", "Здравствуйте, Лев!"),
        ("Яков Петров", "vy", "Здравствуйте, Яков!"),
        ("Бухгалтерия", "vy", "Здравствуйте, Бухгалтерия!"),
        ("Отдел закупок и снабжения", "vy", "Здравствуйте, Отдел закупок и снабжения!"),
        ("", "vy", "Здравствуйте!"),
    ],
)
def test_greeting_built_from_name_and_form(name: str, form: str, expected: str) -> None:
    assert greeting_for(greeting="", name=name, address_form=form) == expected


def test_greeting_of_the_contact_is_kept_word_for_word_on_one_line() -> None:
    assert greeting_for(greeting=" Привет,\r\n Макс! ", name="Максим", address_form="vy") == "Привет, Макс!"
    assert greeting_for(greeting="", name="Max", address_form="ty", language="en") == "Hi, Max!"


def test_fill_replaces_only_known_names_in_one_pass() -> None:
    values = {"a": "{{ b }}", "b": "secret"}
    assert fill("{{a}} {{ c }} [[вам|тебе]] {% now %}", values) == "{{ b }} {{ c }} вам {% now %}"
    assert fill("[[вам|тебе]]", values, address_form="ty") == "тебе"


def test_unknown_placeholders_are_named() -> None:
    assert unknown_placeholders("{{ a }} {{ b }} [[x|y]] {{ b }}", {"a"}) == ["b"]


def test_blocks_part_paragraphs_and_find_buttons() -> None:
    text = "Привет!\r\n\r\n\n\nНажмите: https://x.ru/s/1/\n\nстрока\nещё: https://x.ru/"
    assert blocks(text) == [
        Block("Привет!"),
        Block("Нажмите", "https://x.ru/s/1/"),
        Block("строка\nещё: https://x.ru/"),
    ]
    assert blocks("a: javascript:alert(1)") == [Block("a: javascript:alert(1)")]


def test_with_greeting_greets_once() -> None:
    assert with_greeting("Текст", "Привет!") == "Привет!\n\nТекст"
    assert with_greeting(" Привет! Текст", "Привет!") == "Привет! Текст"
