from __future__ import annotations

import pytest
from django.conf import settings
from django.template import Context, Engine, Origin

from core.template_loader import TightLoader, tight

TEMPLATES = settings.BASE_DIR / "templates"

CASES = [
    "<p>\n        one\n        two\n</p>",
    "<i>a</i>\n    {% if yes %}\n      b\n    {% endif %}\n    c",
    "<i>a</i>{% if no %}b\n    {% endif %}\n    c",
    "a{% if no %}b\n  {% else %}\n    c{% endif %}",
    "<ul>\n  {% for n in rows %}\n    <li>{{ n }}</li>\n  {% endfor %}\n</ul>",
    "<a\n  href='/'\n  class='b'\n>x</a>",
]


@pytest.mark.parametrize("source", CASES)
def test_tight_template_says_the_same_words_at_the_same_distance(source: str) -> None:
    engine = Engine()
    context = Context({"yes": True, "no": False, "rows": [1, 2]})

    said = [engine.from_string(text).render(context).split() for text in (source, tight(source))]

    assert said[0] == said[1]


def test_indentation_is_not_sent() -> None:
    row = "<ul>\n      {% for n in rows %}\n        <li>{{ n }}</li>\n      {% endfor %}\n    </ul>"

    assert tight(row) == "<ul>\n{% for n in rows %}<li>{{ n }}</li>\n{% endfor %}\n</ul>"


def test_our_pages_are_tight_and_letters_are_as_written() -> None:
    loader = TightLoader(Engine(dirs=[str(TEMPLATES)]))

    page, letter = (
        loader.get_contents(Origin(str(TEMPLATES / name), name, loader))
        for name in ("error.html", "staff/letters/reset.txt")
    )

    assert "\n " not in page
    assert letter == (TEMPLATES / "staff/letters/reset.txt").read_text()
