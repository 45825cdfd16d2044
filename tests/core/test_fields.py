"""Days that people type: a slip of the year is told at once, and nothing reckons with a day that has no year after it."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from core.fields import DateField


@pytest.mark.parametrize("text", ["2026-11-30", "30.11.2026"])
def test_a_day_is_taken_in_both_spellings(text: str) -> None:
    assert DateField().clean(text) == date(2026, 11, 30)


@pytest.mark.parametrize("text", ["0026-11-30", "1989-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_of_a_year_without_business_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="1990"):
        DateField().clean(text)


def test_nothing_stays_nothing() -> None:
    assert DateField(required=False).clean("") is None
