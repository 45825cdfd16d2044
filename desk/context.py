"""What the frame of every page needs; worked out only when a template asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from desk.navigation import Navigation, navigation_for
from staff.enums import Theme
from staff.models import User

THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class Interface:
    theme: str
    navigation: Navigation


def theme_of(request: HttpRequest) -> str:
    """The person's own choice, else the browser's cookie; the page comes out right, without a flash."""
    user = getattr(request, "user", AnonymousUser())
    chosen = user.theme if isinstance(user, User) else request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in Theme.values else Theme.AUTO.value


def _interface(request: HttpRequest) -> Interface:
    user = getattr(request, "user", AnonymousUser())
    return Interface(theme=theme_of(request), navigation=navigation_for(user, request.path))


def interface(request: HttpRequest) -> dict[str, object]:
    return {"ui": SimpleLazyObject(lambda: _interface(request))}
