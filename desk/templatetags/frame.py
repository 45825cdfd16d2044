"""``{% frame "_help.html" %}``: a piece of the frame that depends on the menu and the language alone.

The menu is on every page and the same for everybody with the same roles on the same shelf: drawn once per process, and
written as shortly as HTML allows.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from desk.navigation import Navigation

register = template.Library()
#: Breaks of lines between tags of a frame that lays its pieces out itself, and quotes around words that need none.
_BETWEEN = re.compile(r"(?<=>)\s*\n\s*(?=<)")
_QUOTED = re.compile(r'(?<==)"([\w/-]+)"(?=[\s>])')


@register.simple_tag
def frame(name: str, navigation: Navigation) -> str:
    """The piece sees ``navigation`` and nothing else of the page."""
    return _drawn(name, navigation, get_language())


@lru_cache(maxsize=512)
def _drawn(name: str, navigation: Navigation, language: str | None) -> SafeString:
    text = _BETWEEN.sub("", get_template(name).render({"navigation": navigation}))
    return mark_safe(_QUOTED.sub(r"\1", text))  # noqa: S308 - a template's own
