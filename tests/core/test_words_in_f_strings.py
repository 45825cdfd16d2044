"""The catalogue is made by reading the sources, and what stands inside an f-string is not read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

NAMES = {"_", "gettext", "gettext_lazy"}


def within_f_strings(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in NAMES:
                [word, *_rest] = call.args
                if isinstance(word, ast.Constant):
                    yield str(word.value)


def test_no_word_is_lost_because_it_stands_in_an_f_string() -> None:
    root = Path(settings.BASE_DIR)
    known = (root / "locale/ru/LC_MESSAGES/django.po").read_text()
    rooms = [folder for folder in root.iterdir() if (folder / "__init__.py").exists() and folder.name != "tests"]
    lost = [
        (word, path.relative_to(root))
        for folder in rooms
        for path in folder.rglob("*.py")
        for word in within_f_strings(path.read_text())
        if f'msgid "{word}"' not in known
    ]
    assert rooms
    assert lost == []
