"""The table that a run prints and keeps."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.measure import Line

PROJECT = Path(__file__).resolve().parent.parent
KEPT = PROJECT / "docs" / "performance.md"


def table(lines: Sequence[Line], size: int) -> str:
    rows = ["| what | measured | limit | of the limit | |", "|---|---|---|---|---|"]
    rows += [
        f"| {line.what} | {line.measured} | {line.limit} | {line.ratio:.2f} | {'ok' if line.ok else '**NOT**'} |"
        for line in lines
    ]
    missed = sum(not line.ok for line in lines)
    rows += ["", f"{len(lines)} figures, {missed} beyond the limit."]
    return "\n".join(rows)


def write(text: str, size: int) -> None:
    """Replaces the part of this size in docs/performance.md."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=False
    ).stdout.strip()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    heading = f"## {size * 100_000:,} clients, {size * 1_000_000:,} orders"
    part = f"{heading}\n\nCommit {commit or '?'}, {datetime.now(UTC):%Y-%m-%d}, {machine}.\n\n{text}\n"
    whole = KEPT.read_text()
    kept = re.sub(re.escape(heading) + r"\n.*?(?=\n## |\Z)", lambda _found: part, whole, flags=re.DOTALL)
    KEPT.write_text(kept if heading in whole else f"{whole.rstrip()}\n\n{part}")
