from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import lucide
import pytest

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
