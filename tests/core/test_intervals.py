"""Wilson's interval against numbers worked out by hand."""

from __future__ import annotations

import pytest

from core.intervals import wilson


def test_wilson_of_half_and_of_nothing() -> None:
    # (0.5 ± 1.96·√(0.25/10 + 3.8415/400)/1.38415): 0.2366 and 0.7634
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1), abs=1e-4)
    assert wilson(0, 0) is None
