"""``python -m bench [--size 1|10] [--only pages,api,…]``: every figure as a ratio to its limit. Fails when one misses."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import traceback

from bench.measure import Line
from bench.measure_table import table
from bench.setup import open_product, say

PARTS = ("pages", "api", "kpi", "sweeps", "keeping", "keeping_sweeps", "imports", "memory", "start")


def _part(name: str) -> list[Line]:
    """A part that breaks is a line of the table, and the others are measured all the same."""
    found: list[Line] = []
    try:
        found.extend(importlib.import_module(f"bench.{name}").measure())
    except Exception as error:  # noqa: BLE001  # whatever it is, the run fails
        traceback.print_exc()
        found.append(Line(name, f"broke: {type(error).__name__}", "–", float("inf")))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument(
        "--size", type=int, choices=[1, 10], default=1, help="times 100,000 clients and 1,000,000 orders"
    )
    parser.add_argument("--only", default=",".join(PARTS), help="comma-separated: " + ", ".join(PARTS))
    parser.add_argument("--write", action="store_true", help="keep the table in docs/performance.md")
    parser.add_argument("--database", help="a database to fill and keep; bench_1 or bench_10 unless told")
    options = parser.parse_args()
    open_product(options.size, options.database or f"bench_{options.size}")
    lines = []
    for name in options.only.split(","):
        started = time.perf_counter()
        lines += _part(name)
        say(f"{name}: {time.perf_counter() - started:.0f} s")
    text = table(lines, options.size)
    print(text)
    if options.write:
        from bench.measure_table import write

        write(text, options.size)
    return 0 if all(line.ok for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
