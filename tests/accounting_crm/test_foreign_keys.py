"""Arrows only point down, in the database too."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model

ROOT = Path(__file__).resolve().parents[2]


def _heights() -> dict[str, int]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {room.strip(): -depth for depth, layer in enumerate(layers) for room in layer.split("|")}


HEIGHTS = _heights()
MODELS = [model for model in apps.get_models() if model._meta.app_label in HEIGHTS]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_down(model: type[Model]) -> None:
    own = model._meta.app_label
    for field in model._meta.get_fields():
        target = field.related_model if field.concrete and field.is_relation else None
        if not (isinstance(target, type) and issubclass(target, Model)):
            continue
        room = target._meta.app_label
        assert room == own or room not in HEIGHTS or HEIGHTS[room] < HEIGHTS[own], f"{field} points up"


def test_every_room_is_in_the_layers() -> None:
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT}
    assert ours - {"accounting_crm"} == set(HEIGHTS)
