"""Formats templates (``--fix``), or fails when one is not formatted."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def format_in(folder: Path) -> bool:
    files = [str(path) for path in sorted(folder.rglob("*.html"))]
    commands = [[str(BIN / "djangofmt"), "--quiet", *files], [str(BIN / "djade"), "--target-version", "5.2", *files]]
    codes = [subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode for command in commands]
    return all(code in {0, 1} for code in codes)


def main(arguments: list[str]) -> int:
    templates = ROOT / "templates"
    if "--fix" in arguments:
        return 0 if format_in(templates) else 1
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "templates"
        shutil.copytree(templates, copy)
        if not format_in(copy):
            print("a template can't be parsed: run djangofmt on it", file=sys.stderr)
            return 1
        differing = [
            str(path.relative_to(copy))
            for path in sorted(copy.rglob("*.html"))
            if path.read_bytes() != (templates / path.relative_to(copy)).read_bytes()
        ]
    if differing:
        print("not formatted (make format):", *differing, sep="\n  ", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
