"""Fails unless the tests pass through 95 % of everything and through all of what decides, reads, writes and counts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

OVERALL = 95.0
WHOLE = frozenset({"rules", "services", "queries", "metrics", "permissions"})


def must_be_whole(path: str) -> bool:
    """A module of one of those layers, or part of a package of that name."""
    parts = Path(path).with_suffix("").parts
    return bool(WHOLE & set(parts[1:]))


def main(report: str) -> int:
    data = json.loads(Path(report).read_text(encoding="utf-8"))
    wrong = []
    total = data["totals"]["percent_covered"]
    if total < OVERALL:
        wrong.append(f"all: {total:.1f} % of {OVERALL:.0f} %")
    for path, values in sorted(data["files"].items()):
        summary = values["summary"]
        if must_be_whole(path) and summary["percent_covered"] < 100:
            lines = [*values["missing_lines"], *(f"{a}->{b}" for a, b in values.get("missing_branches", []))]
            wrong.append(f"{path}: {summary['percent_covered']:.1f} %, not reached: {', '.join(map(str, lines))}")
    print("\n".join(wrong) or f"coverage {total:.1f} %: enough")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
