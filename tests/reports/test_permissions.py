from __future__ import annotations

import pytest

from core.errors import ForbiddenError
from core.figures import Segment
from reports.permissions import reads_figures, visible_segment
from staff.enums import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(Role.HEAD, True), (Role.ADMIN, True), (Role.AM, True), (Role.SALES, False), (Role.DOCUMENTS, False)],
)
def test_who_reads_figures(role: Role, *, allowed: bool) -> None:
    user = make_user(role)
    assert reads_figures(user) is allowed
    if not allowed:
        with pytest.raises(ForbiddenError):
            visible_segment(user, Segment())


def test_manager_is_narrowed_to_own_clients() -> None:
    manager, other, head = make_user(Role.AM), make_user(Role.AM), make_user(Role.HEAD)
    assert visible_segment(manager, Segment(tier="A")) == Segment(manager=manager.pk, tier="A")
    assert visible_segment(manager, Segment(manager=manager.pk)) == Segment(manager=manager.pk)
    assert visible_segment(head, Segment(manager=other.pk)) == Segment(manager=other.pk)
    with pytest.raises(ForbiddenError):
        visible_segment(manager, Segment(manager=other.pk))
