from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import lucide
import pytest

from core.icons import draw

ROOT = Path(__file__).resolve().parents[2]
USED = re.compile(r"""\{% icon "([a-z0-9-]+)"|\bicon="([a-z0-9-]+)"|\{% badge [^%]*? "[a-z]+" "([a-z0-9-]+)" """)


@pytest.fixture(scope="module")
def known() -> set[str]:
    (archive,) = Path(lucide.__file__).parent.glob("*.zip")
    return {name.removesuffix(".svg") for name in ZipFile(archive).namelist()}


def test_every_icon_of_a_template_exists(known: set[str]) -> None:
    used = {
        (name, path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        for found in USED.findall(path.read_text())
        for name in found
        if name
    }

    assert used
    assert [one for one in used if one[0] not in known] == []


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("chevrons-up-down", '<path d="m7 15 5 5 5-5M7 9l5-5 5 5"/>'),
        ("search", '<path d="m21 21-4.34-4.34"/><circle cx="11" cy="11" r="8"/>'),
        ("corner-up-left", '<path d="M20 20v-7a4 4 0 0 0-4-4H4M9 14 4 9l5-5"/>'),
        ("plus", '<path d="M5 12h14M12 5v14"/>'),
    ],
)
def test_strokes_of_one_look_are_one_path_and_each_begins_where_it_says(name: str, lines: str) -> None:
    assert draw(name, 18, "icon").partition(">")[2] == f"{lines}</svg>"
