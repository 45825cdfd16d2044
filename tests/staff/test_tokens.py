from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from core.errors import DomainError, ForbiddenError
from staff.authentication import HasScope, TokenAuthentication
from staff.enums import Role, Scope
from staff.models import ApiToken, User
from staff.services import authenticate_token, issue_token, revoke_token
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def make_token(user: User, *scopes: str, days: int | None = None) -> tuple[ApiToken, str]:
    return issue_token(user=user, scopes=scopes or [Scope.CLIENTS_READ], actor=user, now=NOW, days=days)


def test_token_opens_for_its_owner_and_is_kept_hashed() -> None:
    user = make_user(Role.AM)

    token, bare = make_token(user)

    assert authenticate_token(bare=bare, now=NOW) == token
    assert bare not in str(ApiToken.objects.values().get())
    assert len(bare) > 40


def test_token_of_any_scope_for_administrator() -> None:
    token, _ = make_token(make_user(Role.ADMIN), *Scope.values)

    assert set(token.scopes) == set(Scope.values)


def test_token_never_may_more_than_its_owner() -> None:
    with pytest.raises(ForbiddenError):
        make_token(make_user(Role.SALES), Scope.REPORTS_READ)


@pytest.mark.parametrize("scopes", [[], ["everything"]])
def test_token_with_unknown_scopes_is_refused(scopes: list[str]) -> None:
    user = make_user(Role.ADMIN)

    with pytest.raises(DomainError):
        issue_token(user=user, scopes=scopes, actor=user, now=NOW)


def test_token_for_somebody_else_only_by_the_head() -> None:
    owner = make_user(Role.SALES)
    with pytest.raises(ForbiddenError):
        issue_token(user=owner, scopes=[Scope.HANDOFFS_WRITE], actor=make_user(Role.AM), now=NOW)

    issue_token(user=owner, scopes=[Scope.HANDOFFS_WRITE], actor=make_user(Role.HEAD), now=NOW)

    assert ApiToken.objects.get().user == owner


def test_token_of_deactivated_person_is_refused_and_dead() -> None:
    user = make_user(Role.AM)
    _, bare = make_token(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.refresh_from_db()

    assert authenticate_token(bare=bare, now=NOW) is None
    with pytest.raises(DomainError):
        make_token(user)


def test_token_dies_when_revoked_or_expired() -> None:
    user = make_user(Role.AM)
    token, bare = make_token(user, days=1)
    assert authenticate_token(bare=bare, now=NOW + timedelta(hours=23)) is not None
    assert authenticate_token(bare=bare, now=NOW + timedelta(days=1)) is None

    with pytest.raises(ForbiddenError):
        revoke_token(token=token, actor=make_user(Role.AM), now=NOW)
    revoke_token(token=token, actor=user, now=NOW)

    assert authenticate_token(bare=bare, now=NOW) is None


def test_token_use_is_noted_at_most_once_a_minute() -> None:
    token, bare = make_token(make_user(Role.AM))
    for seconds in (0, 30, 59):
        authenticate_token(bare=bare, now=NOW + timedelta(seconds=seconds))
    token.refresh_from_db()
    assert token.last_used_at == NOW

    authenticate_token(bare=bare, now=NOW + timedelta(seconds=60))

    token.refresh_from_db()
    assert token.last_used_at == NOW + timedelta(seconds=60)


def test_command_prints_the_bare_token_alone(capsys: pytest.CaptureFixture[str]) -> None:
    user = make_user(Role.ADMIN)

    call_command("api_token", user.username.upper(), "--scopes", "clients:read, reports:read", "--days", "30")

    printed = capsys.readouterr()
    token = authenticate_token(bare=printed.out.strip(), now=datetime.now(UTC))
    assert token is not None
    assert printed.out.count("\n") == 1
    assert token.scopes == ["clients:read", "reports:read"]
    assert token.expires_at is not None
    assert user.username in printed.err


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        ("nobody", "clients:read", "1"),
        ("{}", "reports:read", "1"),
        ("{}", "handoffs:write", "0"),
        ("{}", "handoffs:write", "99999999"),
    ],
)
def test_command_refuses_in_one_line(name: str, scopes: str, days: str) -> None:
    user = make_user(Role.SALES)

    with pytest.raises(CommandError) as refusal:
        call_command("api_token", name.format(user.username), "--scopes", scopes, "--days", days)

    assert "\n" not in str(refusal.value)


class Door(APIView):
    authentication_classes = [TokenAuthentication]
    permission_classes = [HasScope]
    required_scopes = {"GET": Scope.CLIENTS_READ, "POST": Scope.CLIENTS_WRITE}

    def get(self, request: object) -> Response:
        return Response({"ok": True})

    post = get


def knock(method: str, header: str | None) -> int:
    extra = {"HTTP_AUTHORIZATION": header} if header else {}
    request = getattr(APIRequestFactory(), method)("/", **extra)
    return Door.as_view()(request).status_code


def test_door_opens_by_scope_only() -> None:
    user = make_user(Role.AM)
    _, bare = make_token(user)

    assert knock("get", f"Bearer {bare}") == 200
    assert knock("head", f"bearer {bare}") == 200
    assert knock("post", f"Bearer {bare}") == 403
    assert knock("get", None) == 401
    assert knock("get", "Bearer nonsense") == 401
    assert knock("get", "Bearer a b") == 401
    assert knock("get", f"Token {bare}") == 401


def test_door_closes_when_a_role_is_taken_away() -> None:
    user = make_user(Role.AM)
    _, bare = make_token(user, Scope.CLIENTS_READ, Scope.CLIENTS_WRITE)
    User.objects.filter(pk=user.pk).update(roles=[Role.SALES])

    assert knock("post", f"Bearer {bare}") == 403
    assert knock("get", f"Bearer {bare}") == 200
