"""What passes through the product, right and wrong, leaves no person in its logs."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from django.core.management import call_command
from django.test import Client as Browser
from django.utils.timezone import now
from pytest_django import Settings
from rest_framework.test import APIClient

from clients.letters import send_to_contact
from clients.models import Contact
from staff.enums import Role, Scope
from staff.services.tokens import issue_token
from tests.factories import make_client, make_contact, make_user
from tests.gateways.sink import running_sink
from tests.handoff_factories import make_body

pytestmark = pytest.mark.django_db
PASSWORD = "Снежный барс 71"
PERSONAL = ["Орлов", "Ким", "Север", "client.test", "company.test", "9130000000", "7707083893", PASSWORD]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that the product writes when its level is INFO, as it writes it."""
    root, written = logging.getLogger(), io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(
        next(one.formatter for one in root.handlers if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter))
    )
    handler.addFilter(lambda record: record.name != "mail.log")  # the receiving server is no part of the product
    before = {logger: logger.level for logger in (root, logging.getLogger("django"))}
    for logger in before:
        logger.setLevel(logging.INFO)
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
    for logger, level in before.items():
        logger.setLevel(level)


def test_nobody_is_named_in_the_logs(logged: io.StringIO, settings: Settings) -> None:
    owner = make_user(Role.AM, Role.HEAD, name="Анна Ким", email="anna@company.test", password=PASSWORD)
    north = make_client(owner, name="ООО «Север»", inn="7707083893")
    contact: Contact = make_contact(north, "+79130000000", name="Максим Орлов", email="max@client.test")
    browser = Browser(raise_request_exception=False)
    for password in ("мимо", PASSWORD):
        browser.post("/account/login/", {"login": owner.email, "password": password})
    for address in (
        "/clients/?q=Орлов",
        f"/clients/{north.pk}/",
        "/max@client.test/",
        "/s/7707083893/",
        "/mail/?q=Ким",
    ):
        browser.get(address)
    browser.post("/account/password/reset/", {"email": "anna@company.test"})
    _row, bare = issue_token(user=owner, scopes=[Scope.HANDOFFS_WRITE], actor=None, now=now())
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {bare}")
    for body in (make_body(), make_body(client__inn="7707083894"), {"client": "Максим Орлов"}):
        program.post("/api/v1/handoffs", body, format="json")
    for number, address in enumerate(("max@client.test", "no@client.test", "cut@client.test")):
        contact.email = address
        contact.save()
        send_to_contact(contact=contact, subject="Орлов", body="Ким", actor=owner, key=f"k{number}", now=now())
    with running_sink() as (sink, port):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        call_command("sweep", "--at", (now() + timedelta(minutes=1)).isoformat(), stdout=io.StringIO())
        assert sink.letters
    text = logged.getvalue()

    assert text.count("\n") > 10
    assert [line for line in text.splitlines() if any(word in line for word in [*PERSONAL, bare])] == []
