"""Cuts static/css/base.css out of the Bootstrap release pinned in requirements.txt.

The whole of Bootstrap weighs more than a page may; components and breakpoints that no page uses are left out.
Run it after a new release or after a change of the lists below: ``python ops/base_css.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "static" / "css" / "base.css"

COLOURS = "primary|secondary|success|info|warning|danger|light|dark|black|white|body"
UNUSED = re.compile(
    r"\.(carousel|offcanvas|navbar|accordion|tooltip|bs-|popover|spinner|placeholder|breadcrumb|toast|modal|drop|list-group"
    r"|progress|btn-group|btn-toolbar|btn-check|btn-close|btn-outline|btn-link|ratio|figure|sticky-|fixed-|card|nav|tab-"
    r"|pagination|page-|stretched|icon-link|focus-ring|vr\b|collaps|fade|form-floating|form-range|form-control-color"
    r"|form-control-plaintext|link-|z-|pe-|user-select|pointer|shadow|blockquote|display-|lead|initialism|img-|bg-|translate-"
    r"|top-|start-|end-|bottom-|object-fit|float|font-monospace|fst-|text-bg|text-opacity|border-opacity|opacity|overflow-[xy]"
    r"|invisible|position-(?!relative)|rounded-(?!circle|pill)|bordered|clearfix|hstack|vstack|caption-top|badge|table\b"
    r"|was-validated|is-valid|valid-|visually-hidden-focusable|input-group-(sm|lg)|form-switch|mark\b|lh-|fs-[1-5]"
    rf"|(btn|alert|border|text|list)-({COLOURS}|muted|reset)(-\w+)*(?![\w-])|text-(black|white)-50)"
    r"|\[data-bs-theme|\[dir=rtl\]|:-moz-focusring"
)
#: Breakpoints live only where layouts need them: columns and display.
WIDE = re.compile(r"-(sm|md|lg|xl|xxl|print)(-|$|\b)")
WIDE_KEPT = re.compile(
    r"\.(col-(sm|md|lg|xl)-?\w*|row-cols-(sm|md|lg|xl)-\w+|d-(sm|md|lg)-(none|block|flex|inline|inline-block|grid|table-cell)"
    r"|d-print-(none|block)|flex-(md|lg)-(row|column)|btn-sm|form-(control|select)-sm)(?![\w-])"
)
DROPPED_AT = re.compile(r"@(charset|keyframes (progress|spinner|placeholder))")


def blocks(css: str) -> Iterator[tuple[str, str]]:
    """Top-level (prelude, body) pairs of minified CSS."""
    start = depth = body = 0
    for position, sign in enumerate(css):
        if sign == "{":
            depth += 1
            if depth == 1:
                body = position + 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield css[start : body - 1], css[body:position]
                start = position + 1
        elif sign == ";" and depth == 0:
            start = position + 1


def selectors(prelude: str) -> Iterator[str]:
    """Splits at commas that stand outside brackets."""
    depth = start = 0
    for position, sign in enumerate(prelude):
        depth += sign in "(["
        depth -= sign in ")]"
        if sign == "," and depth == 0:
            yield prelude[start:position]
            start = position + 1
    yield prelude[start:]


def is_used(selector: str) -> bool:
    if UNUSED.search(selector):
        return False
    return not WIDE.search(selector) or bool(WIDE_KEPT.search(selector))


def subset(css: str) -> str:
    kept = []
    for prelude, body in blocks(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        if DROPPED_AT.match(prelude):
            continue
        if prelude.startswith("@media"):
            body = subset(body)  # noqa: PLW2901
        elif not prelude.startswith("@"):
            prelude = ",".join(part for part in selectors(prelude) if is_used(part))  # noqa: PLW2901
        if prelude and body:
            kept.append(f"{prelude}{{{body}}}")
    return "".join(kept)


def build() -> str:
    source = files("django_include_bootstrap") / "static" / "css" / "bootstrap.min.css"
    credit = "/* Cut from Bootstrap 5.3 (MIT, the Bootstrap Authors) by ops/base_css.py: do not edit */\n"
    return credit + subset(source.read_text(encoding="utf-8")) + "\n"


if __name__ == "__main__":
    TARGET.write_text(build(), encoding="utf-8")
