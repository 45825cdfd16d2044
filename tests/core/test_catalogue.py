from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from core import catalogue
from core.catalogue_files import po_path

TEMPLATE = """{% load i18n %}
<p title="{% translate 'Hello' %}">{% blocktranslate trimmed count n=rows|length %}
    One client
  {% plural %}
    {{ n }} clients
{% endblocktranslate %}</p>
   {% translate "May" context "month" %} {{ "In a filter"|default:_("Nobody") }}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    (tmp_path / "code.py").write_text('x = _("Saved")\nprint(ngettext_lazy("a day", "%(n)s days", "n"))\n')
    return tmp_path


def _fill(project: Path, text: str = "да") -> None:
    path = po_path(project, "ru")
    path.write_text(path.read_text().replace('msgstr ""\n\n', f'msgstr "{text}"\n\n'))
    content = path.read_text()
    for index in range(3):
        content = content.replace(f'msgstr[{index}] ""', f'msgstr[{index}] "{text} %(n)s"')
    path.write_text(content.removesuffix('msgstr ""\n') + ('msgstr "да"\n' if content.endswith('msgstr ""\n') else ""))


def test_texts_of_code_and_templates_are_found(project: Path) -> None:
    assert catalogue.update(project, "ru") == 6
    assert list(catalogue._by_key(catalogue.read_catalogue(po_path(project, "ru"), "ru"))) == [
        (None, "Hello"),
        ("month", "May"),
        (None, "Nobody"),
        (None, "One client"),
        (None, "Saved"),
        (None, "a day"),
    ]


def test_update_changes_nothing_the_second_time(project: Path) -> None:
    catalogue.update(project, "ru")
    _fill(project)
    before = po_path(project, "ru").read_bytes()
    assert catalogue.update(project, "ru") == 0
    assert po_path(project, "ru").read_bytes() == before
    assert catalogue.problems(project, "ru") == []


def test_check_names_what_is_wrong(project: Path) -> None:
    (project / "code.py").write_text('_("Saved"), _("%(name)s left"), _("Old"), _("Empty")')
    (project / "templates" / "page.html").unlink()
    catalogue.update(project, "ru")
    path = po_path(project, "ru")
    head = path.read_text().partition("\n\n")[0]
    path.write_text(f"""{head}

#, python-format
msgid "%(name)s left"
msgstr "%(nom)s ушёл"

msgid "Empty"
msgstr ""

msgid "Gone"
msgstr "Нет"

#, fuzzy
msgid "Old"
msgstr "Старое"
""")
    assert catalogue.problems(project, "ru") == [
        "'%(name)s left': unknown named placeholder 'nom'",
        "fuzzy: 'Old'",
        "missing: 'Saved'",
        "no longer used: 'Gone'",
        "not translated: 'Empty'",
    ]


def test_compile_writes_what_is_older_only(project: Path) -> None:
    assert catalogue.compile_catalogues(project, ["ru"]) == []
    catalogue.update(project, "ru")
    assert len(catalogue.compile_catalogues(project, ["ru"])) == 1
    assert catalogue.compile_catalogues(project, ["ru"]) == []


def test_command_works_on_a_project(project: Path, settings: object) -> None:
    settings.BASE_DIR = project  # type: ignore[attr-defined]
    call_command("catalogue", "--update")
    with pytest.raises(CommandError, match="6 to put right"):
        call_command("catalogue", "--check")
    call_command("catalogue", "--compile")
    assert po_path(project, "ru").with_suffix(".mo").exists()


def test_catalogue_of_the_product_is_complete() -> None:
    assert catalogue.problems(settings.BASE_DIR, "ru") == []
