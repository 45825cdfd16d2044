"""What every web worker would otherwise load for itself, with its first request: loaded once, before they are made."""

from __future__ import annotations

import gc

from django.conf import settings
from django.template import engines
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils.translation.trans_real import translation as catalogue_of

_FIRST_PAGES = ("account/login.html",)


def load_code() -> None:
    """Routes with all their views, and the templates of the first page; nothing of a database."""
    get_resolver().url_patterns  # noqa: B018  # reading imports
    engines.all()
    for name in _FIRST_PAGES:
        get_template(name)


def load_words() -> None:
    """Catalogues, and then nothing of all this is looked through for garbage again: workers share it untouched."""
    for language, _name in settings.LANGUAGES:
        catalogue_of(language)
    gc.collect()
    gc.freeze()
