"""Every page a person can open, in a real browser: axe, sideways scroll, CSP, console. The list of routes drives it.

The browser asks no server: its requests are answered by Django's test client in the test's own transaction, so a walk
costs neither a live server nor the emptying of tables after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connections
from django.template import Template
from django.test import Client
from django.test.utils import _TestState
from django.urls import reverse
from django.utils.timezone import localdate, now
from playwright.sync_api import ConsoleMessage, Page
from playwright.sync_api import Route as Asked

from clients.models import Client as CrmClient
from feedback.enums import InvitationState
from feedback.models import SurveyInvitation, SurveyResponse
from feedback.rules.surveys import token_digest
from tests.access_matrix import ROUTES, Answer, Persona, Route, World
from tests.browser.conftest import REPAINT, SETTLED

ADDRESS = "http://localhost"
WHO = [Persona.HEAD, Persona.ADMIN, Persona.OWNER, Persona.SALES_OWN, Persona.ANONYMOUS]
DESK, PHONE = (1440, 1000), (360, 740)
NOWHERE = "no such page"
OPEN, ANSWERED = "s" * 43, "t" * 43
_FRAMED = frozenset({"mail:letter_html", "letters:preview"})  # a letter's own HTML, in a frame without rights
_SWAGGER = "api:docs"  # drawn by Swagger UI, whose buttons lie within buttons: walked for all but axe
_AXE = Axe()

#: Where a table's head is out of sight each number says for itself what it is.
NAMELESS = """() => [...document.querySelectorAll('.table-stack')]
  .filter(table => table.tHead && getComputedStyle(table.tHead).display === 'none')
  .flatMap(table => [...table.querySelectorAll('tbody td:not([data-label], .cell-main, .cell-actions)')])
  .map(cell => cell.textContent.trim()).filter(text => /^[−+]?\\d/.test(text)).slice(0, 3)"""


@dataclass(frozen=True)
class Visit:
    name: str
    url: str
    persona: Persona


def pages(world: World) -> Iterator[Visit]:
    """One per GET route that lets somebody in, as the first of ``WHO`` it lets in; and what no route line can reach."""
    for route in ROUTES:
        who = _let_in(route)
        if route.method == "GET" and who and not (route.name.startswith("api:") and route.name != "api:docs"):
            yield Visit(route.name, reverse(route.name, kwargs=route.kwargs(world) or None) + route.query, who)
    for name, token in (("portal:survey", OPEN), ("portal:survey", ANSWERED), ("portal:thanks", ANSWERED)):
        yield Visit(name, reverse(name, kwargs={"token": token}), Persona.ANONYMOUS)
    yield Visit("wall", reverse("reports:department") + "?view=wall", Persona.HEAD)
    yield Visit(NOWHERE, "/nowhere/", Persona.HEAD)


def _let_in(route: Route) -> Persona | None:
    return next((persona for persona in WHO if route.profile[persona] == Answer.IN), None)


def ask_the_client(world: World) -> None:
    """Two invitations whose links are known: one waits for its answer, one has it."""
    _invite(world.client, OPEN, InvitationState.SENT)
    answered = _invite(world.client, ANSWERED, InvitationState.ANSWERED)
    SurveyResponse.objects.create(client=world.client, invitation=answered, scale="csat10", score=10)


def _invite(client: CrmClient, token: str, state: InvitationState) -> SurveyInvitation:
    return SurveyInvitation.objects.create(
        client=client,
        contact=client.contacts.order_by("pk")[0],
        state=state,
        token_digest=token_digest(token),
        send_on=localdate(),
        closes_on=localdate(),
        sent_at=now(),
    )


def prepare(settings: Any, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of this test's own; everybody has just typed the password; templates are drawn, not recorded."""
    settings.MEDIA_ROOT = media
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 86_400
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)  # type: ignore[attr-defined]


class Walk:
    def __init__(self, page: Page, world: World) -> None:
        self.page, self.world = page, world
        self.client = Client(SERVER_NAME="localhost")
        self.complaints: list[str] = []
        self._connection: Any = connections["default"]
        self._kept: dict[str, Any] = {}
        page.emulate_media(reduced_motion="reduce")  # colours change at once
        page.route("**/*", self._answer)
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, visit: Visit) -> bool:
        """False where the route gives no page: a file, a fragment, words for a machine."""
        self._be(visit.persona)
        answer = self.client.get(visit.url, follow=True)
        found = answer.status_code
        if not _read_out(answer).lstrip().startswith(b"<!DOCTYPE html>") or visit.name in _FRAMED:
            return False
        assert found == (404 if visit.name == NOWHERE else 200), f"{visit} answers {found}"
        self.complaints.clear()
        self._kept[visit.url] = answer
        self.page.goto(ADDRESS + visit.url)
        del self._kept[visit.url]
        return True

    def wrong(self, visit: Visit, theme: str, size: tuple[int, int], *, axe: bool = True) -> list[str]:
        """What is wrong with the open page in that theme and width; axe costs most of a look."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.evaluate(REPAINT, theme)
        self.page.wait_for_function(SETTLED)
        where = f"{visit.name} {visit.url} {theme} {size[0]}"
        found = [f"{where}: {text}" for text in self.complaints if visit.name != NOWHERE]
        self.complaints.clear()
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"{where}: scrolls sideways by {wide} px")
        found += [f"{where}: a number without a name: {text}" for text in self.page.evaluate(NAMELESS)]
        said = self._said_by_axe() if axe and visit.name != _SWAGGER else []
        return found + [f"{where}: {text}" for text in said]

    def _said_by_axe(self) -> list[str]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_AXE.axe_script)
        report = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{rule['id']} at {[node['target'] for node in rule['nodes']][:3]}: {rule['help']}"
            for rule in report["violations"]
        ]

    def _be(self, persona: Persona) -> None:
        user = self.world.user(persona)
        self.client.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        if user is not None:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = self.world.sessions[user.pk]

    def _answer(self, asked: Asked) -> None:
        connections["default"] = self._connection  # Playwright calls this in a context of its own
        url = asked.request.url.removeprefix(ADDRESS)
        answer = self._kept.get(url)
        if answer is None:
            sent = {name: value for name, value in asked.request.headers.items() if name.startswith("hx-")}
            answer = self.client.get(url, headers=sent, follow=True)
            if urlsplit(url).path.startswith(settings.STATIC_URL):
                self._kept[url] = answer
        headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
        asked.fulfill(status=answer.status_code, headers=headers, body=_read_out(answer))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


def _read_out(answer: Any) -> bytes:
    if not answer.streaming:
        return bytes(answer.content)
    if not hasattr(answer, "read_out"):
        answer.read_out = b"".join(answer.streaming_content)
        for close in answer._resource_closers:
            close()
    return bytes(answer.read_out)
