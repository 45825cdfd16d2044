"""A worker that is told to stop."""

from __future__ import annotations

import pytest

from accounting_crm import celery


@pytest.mark.parametrize(("ready", "codes"), [(False, [0]), (True, [])])
def test_worker_that_is_still_starting_leaves_at_once(
    monkeypatch: pytest.MonkeyPatch, *, ready: bool, codes: list[int]
) -> None:
    left: list[int] = []
    monkeypatch.setattr("os._exit", left.append)
    monkeypatch.setattr(celery, "_ready", False)
    if ready:
        celery._has_begun()
    celery._leave_at_once_while_starting()
    assert left == codes
