"""Our own HTML templates without the indentation that only their authors need: a third of a long list's weight.

Done once, when a template is read. A line break stays where there was one, so words keep their distance; it goes only
after a line that does nothing but open ``{% if %}``, ``{% for %}`` or ``{% with %}`` (the break before it is outside)
and at the edges of a table's cell, which without a value is then empty to ``td:empty`` as well.
"""

from __future__ import annotations

import re

from django.template import Origin
from django.template.loaders.filesystem import Loader

_INDENT = re.compile(r"\s*\n\s*")
_CELL = re.compile(r"(<t[dh]\b[^<>]*>)\n|\n(?=</t[dh]>)")
_OPENING = re.compile(r"(?<=\n)((?:\{% (?:if|for|with|load)\b[^%]*%\}|\{#[^#]*#\})+)\n")


def tight(source: str) -> str:
    return _CELL.sub(r"\1", _OPENING.sub(r"\1", _INDENT.sub("\n", source)))


class TightLoader(Loader):
    def get_contents(self, origin: Origin) -> str:
        source = super().get_contents(origin)
        return tight(source) if str(origin.name).endswith(".html") else source
