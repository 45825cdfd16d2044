"""The menu: one table. Roles combine, so a person sees the union of what their roles open.

An entry shows up only when its route exists and its predicate allows the person; the page behind it checks for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.contrib.auth.models import AnonymousUser
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clients.queries.handoffs import offered_to
from retention.queries.attention import attention_waiting
from retention.queries.renewals.page import renewals_waiting
from retention.queries.winbacks.page import win_backs_waiting
from staff.enums import Role
from staff.models import User
from staff.permissions import in_department, leads, sells
from work.queries import calls_due

Predicate = Callable[[User], bool]
Count = Callable[[User], int]


@dataclass(frozen=True, slots=True)
class Entry:
    """``key`` is the second key of "g …"; ``count`` is asked after the page is shown, ``urgent`` makes it red.

    ``heading`` stands above the first entry of a group, all of which the same people see.
    """

    label: Promise
    route: str
    icon: str
    allowed: Predicate
    key: str = ""
    count: Count | None = None
    urgent: bool = False
    settings: bool = False
    heading: Promise | str = ""


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    icon: str
    route: str
    key: str
    active: bool
    counted: bool
    settings: bool
    heading: str

    @property
    def slot(self) -> str:
        return f"count-{self.route.replace(':', '-')}"

    @property
    def mark(self) -> str:
        """Its icon in the menu, which the bar at the bottom of a phone repeats."""
        return f"icon-{self.route.replace(':', '-')}"


@dataclass(frozen=True, slots=True)
class Navigation:
    work: tuple[Link, ...]
    settings: tuple[Link, ...]

    @property
    def links(self) -> tuple[Link, ...]:
        return self.work + self.settings

    @property
    def bar(self) -> tuple[Link, ...]:
        """What has a place at the bottom of a phone."""
        return self.work[:4]

    @property
    def counted(self) -> bool:
        return any(link.counted for link in self.links)


def department_or_sales(user: User) -> bool:
    return in_department(user) or sells(user)


def reads_figures(user: User) -> bool:
    return leads(user) or user.has_role(Role.AM)


def handoffs_offered(user: User) -> int:
    """Clients that wait for this person's yes."""
    return offered_to(user).count()


def attention_to_pay(user: User) -> int:
    return attention_waiting(user, today=localdate())


ENTRIES: tuple[Entry, ...] = (
    Entry(_("Calls"), "calls:queue", "phone-call", in_department, key="KeyZ", count=calls_due),
    Entry(_("Clients"), "clients:list", "building-2", department_or_sales, key="KeyC"),
    Entry(_("Hand-offs"), "handoffs:list", "handshake", department_or_sales, key="KeyH", count=handoffs_offered),
    Entry(
        _("Renewals"),
        "renewals:board",
        "refresh-cw",
        in_department,
        key="KeyE",
        count=renewals_waiting,
        heading=_("Keeping"),
    ),
    Entry(_("Refusals"), "refusals:list", "heart-crack", in_department, key="KeyX"),
    Entry(_("Frozen"), "freezes:list", "snowflake", in_department, key="KeyF"),
    Entry(_("Attention"), "attention:list", "eye", in_department, key="KeyA", count=attention_to_pay),
    Entry(_("Win-back"), "winbacks:segments", "undo-2", in_department, key="KeyV", count=win_backs_waiting),
    Entry(
        _("Surveys"), "surveys:list", "message-square-heart", in_department, key="KeyS", heading=_("What clients say")
    ),
    Entry(_("Complaints"), "complaints:list", "message-square-warning", in_department, key="KeyP"),
    Entry(_("Call scripts"), "scripts:list", "scroll-text", in_department, key="KeyR"),
    Entry(_("Department"), "reports:department", "gauge", reads_figures, key="KeyD", heading=_("Results")),
    Entry(_("Before and after"), "reports:compare", "git-compare-arrows", reads_figures, key="KeyJ"),
    Entry(_("Figures"), "reports:kpi", "chart-no-axes-combined", reads_figures, key="KeyK"),
    Entry(_("Managers"), "reports:managers", "contact-round", reads_figures, key="KeyM"),
    Entry(_("People"), "staff:users", "users-round", leads, key="KeyU", settings=True),
    Entry(_("Outbox"), "mail:outbox", "send", leads, key="KeyO", settings=True),
    Entry(_("Wording of letters"), "letters:list", "mail", leads, settings=True),
    Entry(_("Import"), "imports:list", "upload", leads, key="KeyI", settings=True),
    Entry(_("Products"), "clients:products", "package", leads, key="KeyB", settings=True),
    Entry(_("Lists"), "clients:taxonomies", "tags", leads, key="KeyL", settings=True),
    Entry(_("Contact windows"), "policies:page", "calendar-range", leads, key="KeyW", settings=True),
    Entry(_("Terms of keeping"), "renewals:settings", "calendar-sync", leads, key="KeyT", settings=True),
    Entry(_("Reasons for leaving"), "refusal_reasons:list", "list-tree", leads, key="KeyQ", settings=True),
    Entry(_("Plans and corridors"), "reports:targets_entry", "target", leads, key="KeyN", settings=True),
    Entry(_("Settings"), "settings:company", "settings", leads, key="Comma", settings=True),
)

#: Where each role begins its day, the first that is theirs and exists.
STARTS: tuple[tuple[str, Predicate], ...] = (
    ("reports:kpi", lambda user: user.has_role(Role.HEAD)),
    ("calls:queue", lambda user: in_department(user) and not _only_admin(user)),
    ("handoffs:list", lambda user: user.has_role(Role.SALES)),
    ("staff:users", leads),
    ("clients:list", department_or_sales),
)


def _only_admin(user: User) -> bool:
    return user.roles == [Role.ADMIN]


def resolve(route: str) -> str | None:
    """The route's address; nothing while its room has not been built."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return None


def start_url(user: User) -> str | None:
    for route, allowed in STARTS:
        url = resolve(route) if allowed(user) else None
        if url:
            return url
    return None


def navigation_for(user: User | AnonymousUser, path: str) -> Navigation:
    if not isinstance(user, User):
        return Navigation((), ())
    allowed = tuple(number for number, entry in enumerate(ENTRIES) if entry.allowed(user))
    found = _addresses(allowed)
    current = max((url for _number, url in found if path.startswith(url)), key=len, default="")
    return _drawn_up(allowed, current, get_language())


@lru_cache(maxsize=256)
def _addresses(allowed: tuple[int, ...]) -> list[tuple[int, str]]:
    return [(number, url) for number in allowed if (url := resolve(ENTRIES[number].route))]


@lru_cache(maxsize=1024)
def _drawn_up(allowed: tuple[int, ...], current: str, _language: str | None) -> Navigation:
    """The same for everybody with the same rights on the same shelf."""
    links = [
        Link(
            label=str(entry.label),
            url=url,
            icon=entry.icon,
            route=entry.route,
            key=entry.key,
            active=url == current,
            counted=entry.count is not None,
            settings=entry.settings,
            heading=str(entry.heading),
        )
        for number, url in _addresses(allowed)
        for entry in [ENTRIES[number]]
    ]
    return Navigation(
        tuple(link for link in links if not link.settings), tuple(link for link in links if link.settings)
    )


def counts_for(user: User) -> list[tuple[str, int, bool]]:
    """(slot, number, urgent) of every counted entry this person sees."""
    return [
        (f"count-{entry.route.replace(':', '-')}", entry.count(user), entry.urgent)
        for entry in ENTRIES
        if entry.count and entry.allowed(user) and resolve(entry.route)
    ]
