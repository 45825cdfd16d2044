"""Long runs of what nobody sensible sends: any JSON to the API, guessed links of surveys."""

from __future__ import annotations

import secrets
import sys
from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.utils.timezone import now
from rest_framework.test import APIClient

from api import throttling
from feedback.enums import InvitationState
from feedback.models import SurveyInvitation
from feedback.rules.surveys import token_digest
from portal.throttle import MISSES_PER_MINUTE
from staff.enums import Role, Scope
from staff.services.tokens import issue_token
from tests.api.bodies import send_any_bodies
from tests.factories import make_client, make_contact, make_user

pytestmark = [pytest.mark.faults, pytest.mark.timeout(7200), pytest.mark.django_db]
ADDRESSES = 5_000


def test_any_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "BURST", 1e9)
    make_user(Role.AM)
    _row, bare = issue_token(user=make_user(Role.ADMIN), scopes=list(Scope), actor=None, now=now())
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {bare}")

    sent = send_any_bodies(program, examples=2_500)

    sys.stdout.write(f"bodies: {sent} of any JSON, 0 server errors, each refusal in the one shape\n")


def test_hundred_thousand_guessed_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many tries as the throttle lets each of five thousand addresses have, and one more."""
    client = make_client(make_user(Role.AM))
    SurveyInvitation.objects.create(
        client=client,
        contact=make_contact(client),
        state=InvitationState.SENT,
        token_digest=token_digest(secrets.token_urlsafe(32)),
        send_on=date(2026, 11, 23),
        closes_on=date(2099, 1, 1),
        sent_at=now(),
    )
    browser, found = Browser(), {404: 0, 429: 0}
    pages: set[bytes] = set()
    for number in range(ADDRESSES):
        cache.clear()
        for attempt in range(MISSES_PER_MINUTE + 1):
            guess = secrets.token_urlsafe(32)
            address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
            answer = browser.get(f"/s/{guess}/", REMOTE_ADDR=address)
            assert answer.status_code == (429 if attempt == MISSES_PER_MINUTE else 404)
            found[answer.status_code] += 1
            if answer.status_code == 404:
                pages.add(answer.content.replace(guess.encode(), b""))

    assert len(pages) == 1
    sys.stdout.write(f"survey links: {found[404]} guesses, 0 hits, one answer for all; {found[429]} not looked up\n")
