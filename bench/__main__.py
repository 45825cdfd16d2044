"""``python -m bench [--size 1|10] [--only pages,api,…]``: every figure as a ratio to its limit. Fails when one misses."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import traceback
from collections.abc import Iterator, Sequence

from bench.measure import Line, broken
from bench.measure_table import table, write
from bench.setup import open_product, say

PARTS = ("pages", "api", "kpi", "sweeps", "keeping", "keeping_sweeps", "imports", "memory", "start")
WITHIN, BEYOND, BROKEN, INTERRUPTED = 0, 1, 3, 130  # exit codes; 2 is argparse's own


def _part(name: str) -> Iterator[Line]:
    """A part that breaks is a line of the table, and the others are measured all the same."""
    try:
        yield from importlib.import_module(f"bench.{name}").measure()
    except Exception as error:  # noqa: BLE001  # whatever it is, the run fails
        traceback.print_exc()
        yield broken(name, error)


def _measure(parts: Sequence[str]) -> Iterator[Line]:
    """Each figure is told as soon as it is known: a run takes long."""
    for number, name in enumerate(parts, 1):
        started = time.perf_counter()
        say(f"{name} ({number} of {len(parts)})")
        for line in _part(name):
            say(f"  {'ok ' if line.ok else 'NOT'} {line.what}: {line.measured}, limit {line.limit}")
            yield line
        say(f"{name}: {time.perf_counter() - started:.0f} s")


def _parts(text: str) -> list[str]:
    parts = text.split(",")
    if unknown := set(parts) - set(PARTS):
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(sorted(unknown))}")
    return parts


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures every figure and says whether it is within its limit.",
        epilog=f"Exit code: {WITHIN} all within their limits, {BEYOND} some beyond, {BROKEN} a part broke.",
    )
    parser.add_argument(
        "--size", type=int, choices=[1, 10], default=1, help="times 100,000 clients and 1,000,000 orders"
    )
    parser.add_argument("--only", type=_parts, default=list(PARTS), help="comma-separated: " + ", ".join(PARTS))
    parser.add_argument("--write", action="store_true", help="keep the table in docs/performance.md")
    parser.add_argument("--database", help="a database to fill and keep; bench_1 or bench_10 unless told")
    options = parser.parse_args()
    open_product(options.size, options.database or f"bench_{options.size}")
    lines: list[Line] = []
    try:
        lines.extend(_measure(options.only))
    except KeyboardInterrupt:
        print(table(lines, options.size))
        return INTERRUPTED
    text = table(lines, options.size)
    print(text)
    if options.write:
        write(text, options.size)
    return BROKEN if any(line.broke for line in lines) else WITHIN if all(line.ok for line in lines) else BEYOND


if __name__ == "__main__":
    sys.exit(main())
