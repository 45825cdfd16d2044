"""Time zones to choose from: Russia's eleven by their cities first, then the rest of the world."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RUSSIAN: tuple[tuple[str, Promise], ...] = (
    ("Europe/Kaliningrad", _("Kaliningrad, MSK−1")),
    ("Europe/Moscow", _("Moscow, MSK")),
    ("Europe/Samara", _("Samara, MSK+1")),
    ("Asia/Yekaterinburg", _("Yekaterinburg, MSK+2")),
    ("Asia/Omsk", _("Omsk, MSK+3")),
    ("Asia/Novosibirsk", _("Novosibirsk, MSK+4")),
    ("Asia/Krasnoyarsk", _("Krasnoyarsk, MSK+4")),
    ("Asia/Irkutsk", _("Irkutsk, MSK+5")),
    ("Asia/Yakutsk", _("Yakutsk, MSK+6")),
    ("Asia/Vladivostok", _("Vladivostok, MSK+7")),
    ("Asia/Magadan", _("Magadan, MSK+8")),
    ("Asia/Kamchatka", _("Kamchatka, MSK+9")),
)
_LABELS = dict(RUSSIAN)
_AREAS = ("Europe/", "Asia/", "Africa/", "America/", "Australia/", "Pacific/", "Atlantic/", "Indian/")


@cache
def known_zones() -> frozenset[str]:
    """Asked of the machine once: the answer is a walk over several hundred files."""
    return frozenset(available_timezones()) - {"localtime", "Factory"}


@cache
def _elsewhere() -> list[tuple[str, str]]:
    others = sorted(name for name in known_zones() if name.startswith(_AREAS) and name not in _LABELS)
    return [(name, name) for name in [*others, "UTC"]]


def zone_choices() -> list[tuple[str, str | Promise] | tuple[str, list[tuple[str, str]]]]:
    return [*RUSSIAN, (str(_("Elsewhere")), _elsewhere())]


def zone_label(name: str) -> str:
    """«Новосибирск, МСК+4»; a zone from elsewhere by its city."""
    return str(_LABELS.get(name) or name.rsplit("/", 1)[-1].replace("_", " "))
