"""``{% frame "_help.html" %}``: a piece of the frame that depends on the menu and the language alone.

The menu is on every page and the same for everybody with the same roles on the same shelf: drawn once per process.
"""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.utils.translation import get_language

from desk.navigation import Navigation

register = template.Library()


@register.simple_tag
def frame(name: str, navigation: Navigation) -> str:
    """The piece sees ``navigation`` and nothing else of the page."""
    return _drawn(name, navigation, get_language())


@lru_cache(maxsize=512)
def _drawn(name: str, navigation: Navigation, language: str | None) -> str:
    return get_template(name).render({"navigation": navigation})
