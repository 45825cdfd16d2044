from __future__ import annotations

import pytest
from django import forms
from django.test.html import parse_html

from staff.zone_select import ZoneSelect
from staff.zones import zone_choices


@pytest.mark.parametrize("value", ["Europe/Moscow", "UTC", "Mars/<b>", "", None])
def test_zone_select_reads_as_djangos_own(value: str | None) -> None:
    choices = [("<i>", '"&'), *zone_choices()]
    attributes = {"id": "zone", "class": "form-select", "required": True, "disabled": False}

    own = ZoneSelect(choices=choices).render("zone", value, attributes)

    assert parse_html(own) == parse_html(forms.Select(choices=choices).render("zone", value, attributes))
