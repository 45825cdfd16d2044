from __future__ import annotations

from pathlib import Path

import pgtrigger
import pytest
from django.core.management import CommandError, call_command

from clients.models import Assignment, Client, Contact, Contract, Order, Product, TimelineEvent
from feedback.models import SurveyResponse
from interchange.exports import export_to
from retention.models import Freeze
from tests.interchange.conftest import FILES, Load
from work.models import Touch

pytestmark = pytest.mark.django_db


def _empty_the_system() -> None:
    with pgtrigger.ignore("clients.TimelineEvent:timeline_append_only"):
        TimelineEvent.objects.all().delete()
    for model in (Freeze, SurveyResponse, Touch, Order, Contract, Contact):
        model.objects.all().delete()
    Client.objects.update(parent=None)
    Assignment.objects.all().delete()
    Client.objects.all().delete()
    Product.objects.all().delete()


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_export_import_export_is_identical(load: Load, tmp_path: Path) -> None:
    load(**{**FILES, "contacts": FILES["contacts"] + "p-2,c-1,=cmd|'/C calc'!A0,,,@evil,vy,no\n"})
    export_to(tmp_path / "first")
    _empty_the_system()

    call_command("import_data", str(tmp_path / "first"))
    export_to(tmp_path / "second")

    assert _contents(tmp_path / "first") == _contents(tmp_path / "second")


def test_cells_that_a_spreadsheet_would_run_are_escaped(load: Load, tmp_path: Path) -> None:
    load(products="code,name\na,=1+1\n")

    export_to(tmp_path / "out")

    assert (tmp_path / "out" / "products.csv").read_text() == "code,name,category,complex,price,cost\na,'=1+1,,no,,\n"


def test_values_have_one_spelling(load: Load, tmp_path: Path) -> None:
    load(**FILES)

    call_command("export_data", str(tmp_path / "out"))

    orders = (tmp_path / "out" / "orders.csv").read_text().splitlines()[1]
    assert (
        orders
        == "o-1,c-1,2026-02-01T00:30:00+03:00,2026-02-02T06:00:00+03:00,completed,500.00,100.00,2026-02-10,,ads,k-1"
    )
    surveys = (tmp_path / "out" / "surveys.csv").read_text().splitlines()[1]
    assert surveys == "s-1,c-1,csat10,company,2026-03-01T10:00:00+03:00,9,Хорошо"


def test_command_says_why_it_can_not_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError):
        call_command("export_data", str(tmp_path / "file" / "out"))


def test_command_does_not_take_an_empty_name_for_the_folder_it_stands_in() -> None:
    with pytest.raises(CommandError, match="got nothing"):
        call_command("export_data", "")
