from __future__ import annotations

import pytest

from staff.devices import device_name
from staff.zones import zone_label

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME}", "Chrome, Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/140.0.0.0", "Edge, Windows"),
        (f"Mozilla/5.0 (Linux; Android 15) {CHROME}", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("x" * 90, "x" * 60),
        ("", "—"),
    ],
)
def test_a_device_is_told_in_words(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


@pytest.mark.parametrize(
    ("zone", "label"),
    [("Asia/Novosibirsk", "Новосибирск, МСК+4"), ("America/New_York", "New York"), ("UTC", "UTC")],
)
def test_a_zone_is_called_by_its_city(zone: str, label: str) -> None:
    assert zone_label(zone) == label
