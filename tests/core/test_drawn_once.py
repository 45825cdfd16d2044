from __future__ import annotations

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch
from django.utils.safestring import mark_safe
from django.utils.translation import override


@pytest.mark.parametrize(
    ("text", "ru", "en"),
    [
        ('{% translate "Client" %}', "Клиент", "Client"),
        ('{% translate "Client" as word %}<{{ word }}>', "<Клиент>", "<Client>"),
        ('{% translate "Client" noop %}', "Client", "Client"),
        ('{% translate "a % <b>" %}', "a % <b>", "a % <b>"),
        ("{% translate word %}", "Клиент", "Client"),
        ('{% translate "Client"|upper %}', "КЛИЕНТ", "CLIENT"),
        ('{% translate "Client" context "nobody says so" %}', "Client", "Client"),
    ],
)
def test_a_text_is_said_in_the_language_of_the_moment(text: str, ru: str, en: str) -> None:
    template = Template(text)
    for language, expected in (("ru", ru), ("en", en), ("ru", ru)):
        with override(language):
            assert template.render(Context({"word": "Client"})) == expected


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ('{% url "clients:card" number %}', "/clients/7/"),
        ('{% url "clients:card" text %}', "/clients/8/"),
        ('{% url "clients:list" %}', "/clients/"),
        ('{% url "reports:manager" "anna" %}', "/reports/managers/anna/"),
        ("{% url view number %}", "/clients/7/"),
        ('{% url "clients:card" number as there %}<{{ there }}>', "</clients/7/>"),
        ('{% url "reports:manager" "anna" as there %}<{{ there }}>', "</reports/managers/anna/>"),
        ('{% url "nowhere" 1 as there %}<{{ there }}>', "<>"),
        ('{% url "reports:standard" "plans" number %}', "/reports/standards/plans/7/"),
        ('{% url "reports:standard" "plans"|lower number %}', "/reports/standards/plans/7/"),
        ('{% url "reports:manager" "a&b" %}', "/reports/managers/a&amp;b/"),
    ],
)
def test_an_address_is_the_one_that_django_finds(text: str, address: str) -> None:
    template = Template(text)
    for _again in range(2):
        assert template.render(Context({"number": 7, "text": "8", "view": "clients:card"})) == address


@pytest.mark.parametrize("text", ['{% url "clients:card" %}', '{% url "nowhere" 1 %}', '{% url "clients:card" word %}'])
def test_an_address_that_is_not_there_is_refused_as_ever(text: str) -> None:
    with pytest.raises(NoReverseMatch):
        Template(text).render(Context({"word": "x"}))


def test_a_component_is_drawn_around_what_it_is_given() -> None:
    text = "{% load ui %}{% card title=title flush=flush %}<i>{{ word }}</i>{% endcard %}"
    template = Template(text)
    told = [
        ("<b>", False),
        (mark_safe("<b>"), False),
        ("<b>", True),
        (mark_safe("<b>"), True),
        (None, False),
        ("<b>", False),
    ]
    drawn = [template.render(Context({"title": title, "flush": flush, "word": "<u>"})) for title, flush in told]

    assert ["<h2>&lt;b&gt;</h2>" in one for one in drawn] == [True, False, True, False, False, True]
    assert ["<h2><b></h2>" in one for one in drawn] == [False, True, False, True, False, False]
    assert ["panel-flush" in one for one in drawn] == [False, False, True, True, False, False]
    assert all('<div class="panel-body"><i>&lt;u&gt;</i></div>' in one for one in drawn)


def test_a_component_speaks_the_language_of_the_moment() -> None:
    template = Template('{% load ui %}{% card title="x" url="/x/" %}{% endcard %}')
    for language, words in (("ru", "Показать все"), ("en", "Show all"), ("ru", "Показать все")):
        with override(language):
            assert words in template.render(Context())


def test_a_file_is_named_once_and_may_get_a_name_of_its_own() -> None:
    drawn = Template('{% static "css/app.css" %}|{% static path %}|{% static "css/app.css" as here %}{{ here }}')
    one, two, three = drawn.render(Context({"path": "css/app.css"})).split("|")
    assert one == two == three
    assert drawn.render(Context({"path": "css/base.css"})).split("|")[0] == one
