from __future__ import annotations

import pytest

from clients.rules.files import check_file
from core.errors import DomainError


def test_empty_file_is_refused() -> None:
    with pytest.raises(DomainError) as caught:
        check_file("договор.pdf", b"")
    assert list(caught.value.fields) == ["content"]
