"""Who can log in to a demo: written down by the ``demo`` command, shown by ``up`` at each start."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class DemoLogin:
    role: str
    username: str
    password: str


def remember_demo_logins(logins: Sequence[DemoLogin]) -> None:
    text = json.dumps([asdict(login) for login in logins], ensure_ascii=False)
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    (settings.VAR_DIR / "demo_logins.json").write_text(text, encoding="utf-8")


def demo_logins() -> list[DemoLogin]:
    try:
        text = (settings.VAR_DIR / "demo_logins.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [DemoLogin(**values) for values in json.loads(text)]
