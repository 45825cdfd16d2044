from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from core.concurrency import EditConflictError, snapshot
from core.errors import DomainError, ForbiddenError
from gateways.models import OutboxMessage
from staff import queries, services
from staff.enums import Role, Scope
from staff.models import User
from staff.permissions import administers, in_department, leads, sells
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def invited(actor: User, **values: object) -> User:
    given = {"username": "olga", "name": "Ольга", "email": "olga@company.test", "roles": [Role.AM], **values}
    return services.invite_user(values=given, actor=actor, now=NOW)


def edit(user: User, actor: User, *, seen: User | None = None, **values: Any) -> User:
    original = snapshot(seen or user, [name for name in values if hasattr(user, name)])
    return services.update_user(user=user, original=original, mine=values, actor=actor, now=NOW)


def test_invitation_makes_an_account_without_password_and_a_letter_with_a_working_link(client: Client) -> None:
    user = invited(make_user(Role.HEAD))

    letter = OutboxMessage.objects.get()
    link = next(line for line in letter.text.splitlines() if "/password/reset/" in line)
    page = client.get(link.removeprefix("http://localhost:8000"), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": "Снежный барс 71", "password2": "Снежный барс 71"})
    user.refresh_from_db()
    assert letter.to_address == "olga@company.test"
    assert user.check_password("Снежный барс 71")
    assert client.get(link.removeprefix("http://localhost:8000")).context["token_fail"]


def test_invitation_sent_again_is_another_letter_but_not_twice_a_minute() -> None:
    head = make_user(Role.HEAD)
    user = invited(head)

    services.resend_invitation(user=user, actor=head, now=NOW.replace(second=30))
    services.resend_invitation(user=user, actor=head, now=NOW.replace(hour=10))

    assert OutboxMessage.objects.count() == 2


@pytest.mark.parametrize("values", [{"username": "BOSS"}, {"email": "Boss@company.test"}])
def test_invitation_of_a_taken_name_or_mail_is_refused(values: dict[str, str]) -> None:
    head = make_user(Role.HEAD, email="boss@company.test")
    User.objects.filter(pk=head.pk).update(username="boss")

    with pytest.raises(DomainError) as refusal:
        invited(head, **values)

    assert list(refusal.value.fields) == list(values)


def test_invitation_without_mail_is_refused() -> None:
    with pytest.raises(DomainError):
        invited(make_user(Role.HEAD), email="")


def test_only_an_administrator_makes_an_administrator() -> None:
    head, admin = make_user(Role.HEAD), make_user(Role.ADMIN)
    am = make_user(Role.AM)
    with pytest.raises(ForbiddenError):
        invited(head, roles=[Role.ADMIN])
    with pytest.raises(ForbiddenError):
        edit(am, head, roles=[Role.AM, Role.ADMIN])

    assert edit(am, admin, roles=[Role.AM, Role.ADMIN]).roles == [Role.AM, Role.ADMIN]


def test_head_does_not_touch_an_administrator() -> None:
    head, admin = make_user(Role.HEAD), make_user(Role.ADMIN)
    tries: list[Any] = [
        lambda: edit(admin, head, name="Другой"),
        lambda: services.deactivate_user(user=admin, actor=head, now=NOW),
        lambda: services.request_reset(user=admin, actor=head, now=NOW),
        lambda: services.reset_second_factor(user=admin, actor=head, now=NOW),
        lambda: services.set_photo(user=admin, content=None, actor=head, now=NOW),
        lambda: services.resend_invitation(user=admin, actor=head, now=NOW),
    ]

    for attempt in tries:
        with pytest.raises(ForbiddenError):
            attempt()


def test_person_edits_himself_but_not_his_roles() -> None:
    am = make_user(Role.AM)

    edited = edit(am, am, name="Новое имя", roles=[Role.ADMIN], email="x@y.test", username="root")

    edited.refresh_from_db()
    assert (edited.name, edited.roles) == ("Новое имя", [Role.AM])
    assert edited.email == am.email
    with pytest.raises(ForbiddenError):
        edit(make_user(Role.AM), am, name="Чужое имя")


def test_two_editors_of_different_fields_both_win() -> None:
    head, am = make_user(Role.HEAD), make_user(Role.AM, name="Анна")
    version = am.version
    edit(am, head, seen=am, phone="+79130000000", name="Анна")

    edit(am, am, seen=am, name="Анна Белова", phone="")

    am.refresh_from_db()
    assert (am.name, am.phone, am.version) == ("Анна Белова", "+79130000000", version + 2)


def test_two_editors_of_one_field_the_later_decides() -> None:
    head, am = make_user(Role.HEAD), make_user(Role.AM, name="Анна")
    stored = edit(am, head, name="Анна Белова")

    with pytest.raises(EditConflictError) as conflict:
        edit(am, am, seen=am, name="Анна Чернова")

    assert [(clash.field, clash.theirs) for clash in conflict.value.clashes] == [("name", "Анна Белова")]
    assert edit(am, am, seen=stored, name="Анна Чернова").name == "Анна Чернова"


def test_what_was_never_seen_is_not_overwritten_unasked() -> None:
    am = make_user(Role.AM)

    with pytest.raises(EditConflictError):
        services.update_user(user=am, original={}, mine={"name": "Анна"}, actor=am, now=NOW)


def test_deactivation_ends_sessions_and_tokens_at_once(client: Client) -> None:
    head, am = make_user(Role.HEAD), make_user(Role.AM)
    client.force_login(am)
    _token, bare = services.issue_token(user=am, scopes=[Scope.CLIENTS_READ], actor=am, now=NOW)

    services.deactivate_user(user=am, actor=head, now=NOW)

    am.refresh_from_db()
    assert client.get("/account/").status_code == 302
    assert services.authenticate_token(bare=bare, now=NOW) is None
    assert (am.is_active, am.deactivated_at) == (False, NOW)
    services.reactivate_user(user=am, actor=head, now=NOW)
    assert services.authenticate_token(bare=bare, now=NOW) is None


def test_last_administrator_stays() -> None:
    first, second = make_user(Role.ADMIN), make_user(Role.ADMIN)
    services.deactivate_user(user=second, actor=first, now=NOW)

    with pytest.raises(DomainError, match="."):
        edit(first, first, roles=[Role.AM])
    with pytest.raises(DomainError):
        services.deactivate_user(user=first, actor=first, now=NOW)


def test_last_administrator_is_not_closed_by_a_superuser_without_role() -> None:
    admin = make_user(Role.ADMIN)
    gone = make_user(Role.ADMIN, is_active=False)

    with pytest.raises(DomainError):
        services.deactivate_user(user=admin, actor=_as_superuser(gone), now=NOW)


def _as_superuser(user: User) -> User:
    """An actor whose own account is no longer an active administrator's in the database."""
    user.is_active = True
    return user


def test_letters_need_an_address_and_a_living_account() -> None:
    head = make_user(Role.HEAD)
    for user in (make_user(Role.AM, email=""), make_user(Role.AM, is_active=False)):
        with pytest.raises(DomainError):
            services.request_reset(user=user, actor=head, now=NOW)


def test_second_factor_reset_removes_it_and_ends_sessions(client: Client) -> None:
    head, am = make_user(Role.HEAD), make_user(Role.AM)
    am.set_password("Снежный барс 71")
    am.save()
    client.post("/account/login/", {"login": am.username, "password": "Снежный барс 71"})
    Authenticator.objects.create(user=am, type=Authenticator.Type.TOTP, data={})

    services.reset_second_factor(user=am, actor=head, now=NOW)

    assert not Authenticator.objects.exists()
    assert client.get("/account/").status_code == 302


def test_what_changes_nothing_writes_nothing() -> None:
    head, am = make_user(Role.HEAD), make_user(Role.AM, name="Анна")

    assert edit(am, head, name="Анна").version == am.version
    services.reset_second_factor(user=am, actor=head, now=NOW)
    for _ in range(2):
        services.deactivate_user(user=am, actor=head, now=NOW)

    am.refresh_from_db()
    assert am.deactivated_at == NOW
    assert not OutboxMessage.objects.exists()


def test_reset_sends_a_link_and_keeps_the_old_password() -> None:
    am = make_user(Role.AM, password="Снежный барс 71")

    services.request_reset(user=am, actor=make_user(Role.HEAD), now=NOW)

    assert "/password/reset/key/" in OutboxMessage.objects.get().text
    am.refresh_from_db()
    assert am.check_password("Снежный барс 71")


@pytest.mark.parametrize(
    ("roles", "may"),
    [
        ([Role.AM], (True, False, False, False)),
        ([Role.SALES], (False, True, False, False)),
        ([Role.HEAD], (True, True, True, False)),
        ([Role.ADMIN], (True, True, True, True)),
        ([Role.SALES, Role.FEEDBACK], (True, True, False, False)),
        ([], (False, False, False, False)),
    ],
)
def test_roles_open_what_they_say_to_the_active_only(roles: list[Role], may: tuple[bool, ...]) -> None:
    predicates = (in_department, sells, leads, administers)

    assert tuple(allowed(User(roles=roles)) for allowed in predicates) == may
    assert not any(allowed(User(roles=roles, is_active=False)) for allowed in predicates)


def test_nobody_is_found_by_an_empty_name() -> None:
    make_user(Role.AM, email="")

    assert queries.username_for_login("") is None
