from __future__ import annotations

from decimal import Decimal

import pytest

from core.inn import bare, inn_problem, kpp_problem
from core.money import parse_money
from core.phones import PhoneError, format_phone, normalize_phone


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1 240 000,50 ₽", "1240000.50"),
        ("1240000.5", "1240000.50"),
        ("−5", "-5.00"),
        ("1,234", None),
        ("99999999999999", None),
        ("1e3", None),
        ("", None),
        ("NaN", None),
    ],
)
def test_money_is_read_as_people_type_it(text: str, amount: str | None) -> None:
    assert parse_money(text) == (None if amount is None else Decimal(amount))


def test_phone_is_kept_as_e164_with_its_extension() -> None:
    for text in ("+7 913 000-00-00", "8 (913) 000-00-00", "9130000000"):
        assert normalize_phone(text) == "+79130000000"
    assert normalize_phone("+7 913 000-00-00 доб. 12") == "+79130000000;ext=12"
    assert format_phone("+79130000000") == "+7 913 000-00-00"
    assert format_phone("+79130000000;ext=12").endswith("12")
    assert format_phone("что-то") == "что-то"
    for wrong in ("", "12", "телефон", "+7 913 000-00-00-00-00"):
        with pytest.raises(PhoneError):
            normalize_phone(wrong)


def test_inn_is_checked_by_its_digits() -> None:
    assert bare(" 7707-083 893\u00a0") == "7707083893"
    for good, legal in (("7707083893", True), ("500100732259", False), ("7707083893", None)):
        assert inn_problem(good, legal=legal) is None
    for wrong, legal in (
        ("7707083890", True), ("500100732258", False), ("7707083893", False), ("500100732259", True),
        ("123", None), ("77070838АБ", None), ("0000000000", None), ("٧٧٠٧٠٨٣٨٩٣", None),
    ):  # fmt: skip
        assert inn_problem(wrong, legal=legal), wrong


def test_kpp_belongs_to_legal_entities() -> None:
    assert kpp_problem("770701001") is None
    assert kpp_problem("7707AB001") is None
    assert kpp_problem("77070100")
    assert kpp_problem("770701001", legal=False)
