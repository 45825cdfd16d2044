from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from clients.models import Product
from interchange.enums import ImportState
from interchange.models import ImportRun
from interchange.runs import ABANDONED_AFTER
from interchange.services import run_waiting_imports
from staff.enums import Role
from staff.models import User
from tests.factories import make_user
from tests.interchange.conftest import FILES, NOW, Load

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(head: User, client: Browser) -> Browser:
    client.force_login(head)
    return client


def _upload(name: str, content: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode(), "text/csv")


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_uploaded_files_are_imported_by_the_worker(web: Browser) -> None:
    response = web.post(
        reverse("imports:list"),
        {
            "uploads": [
                _upload("products.csv", FILES["products"]),
                _upload("clients.csv", "external_id,name,tier\nc,Имя,Z\n"),
            ]
        },
    )
    run = ImportRun.objects.get()
    assert (response.status_code, run.state) == (302, ImportState.WAITING)

    assert run_waiting_imports(now=NOW) == {"imports": 1}

    run.refresh_from_db()
    assert (run.state, Product.objects.count()) == (ImportState.DONE, 2)
    page = web.get(response["Location"])
    assert "clients.csv" in page.content.decode()
    assert "tier" in web.get(reverse("imports:issues", args=[run.pk])).getvalue().decode()


def test_run_abandoned_by_its_worker_is_taken_up(web: Browser) -> None:
    web.post(reverse("imports:list"), {"uploads": [_upload("products.csv", FILES["products"])]})
    ImportRun.objects.update(state=ImportState.RUNNING, heartbeat_at=NOW)
    assert run_waiting_imports(now=NOW) == {"imports": 0}

    assert run_waiting_imports(now=NOW + ABANDONED_AFTER + timedelta(seconds=1)) == {"imports": 1}


@pytest.mark.parametrize(
    "uploads",
    [
        [],
        [_upload("notes.csv", "x")],
        [_upload("clients.pdf", "x")],
        [_upload("clients.csv", "x"), _upload("clients.xlsx", "x")],
        [_upload("clients.csv", "")],
    ],
)
def test_upload_that_makes_no_sense_is_refused_at_its_field(web: Browser, uploads: list[SimpleUploadedFile]) -> None:
    response = web.post(reverse("imports:list"), {"uploads": uploads})

    assert response.status_code == 400
    assert response.context["form"].errors.keys() == {"uploads"}
    assert not ImportRun.objects.exists()


def test_upload_that_is_too_large_is_refused(web: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interchange.forms.UPLOAD_LIMIT", 3)

    response = web.post(reverse("imports:list"), {"uploads": [_upload("clients.csv", "long")]})

    assert response.status_code == 400


def test_finished_import_can_be_undone_from_its_page(web: Browser, load: Load) -> None:
    run = load(**FILES)

    web.post(reverse("imports:undo", args=[run.pk]))
    again = web.post(reverse("imports:undo", args=[run.pk]), follow=True)

    run.refresh_from_db()
    assert run.state == ImportState.UNDONE
    assert len(list(again.context["messages"])) == 2 or again.status_code == 200


def test_progress_is_a_fragment_of_the_same_page(web: Browser, load: Load) -> None:
    run = load(products=FILES["products"])

    page = web.get(reverse("imports:run", args=[run.pk]), headers={"HX-Request": "true"})

    assert b"<html" not in page.content
    assert b'id="run"' in page.content


def test_issue_pages_take_any_number(web: Browser, load: Load) -> None:
    run = load(products="code,name\n" + "a,\n" * 60)

    assert len(web.get(reverse("imports:run", args=[run.pk]), {"page": "2"}).context["page"]) == 10
    assert len(web.get(reverse("imports:run", args=[run.pk]), {"page": "x"}).context["page"]) == 50


def test_export_is_a_download(web: Browser, load: Load) -> None:
    load(products=FILES["products"])

    response = web.get(reverse("imports:export", args=["products"]))

    assert response["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert response.getvalue().decode().splitlines()[1] == "ads,Реклама,Услуги,no,100.00,"
    assert web.get(reverse("imports:export", args=["secrets"])).status_code == 404


@pytest.mark.parametrize("role", [Role.AM, Role.SALES])
def test_only_who_leads_moves_data(client: Browser, load: Load, role: Role) -> None:
    run = load(products=FILES["products"])
    client.force_login(make_user(role))

    for route, args in (("list", []), ("run", [run.pk]), ("issues", [run.pk]), ("export", ["clients"])):
        assert client.get(reverse(f"imports:{route}", args=args)).status_code == 403
    assert client.post(reverse("imports:undo", args=[run.pk])).status_code == 403


def test_unknown_run_is_not_found(web: Browser) -> None:
    assert web.get(reverse("imports:run", args=[77])).status_code == 404


@pytest.mark.parametrize("runs", [1, 3])
def test_list_asks_as_much_for_one_run_as_for_three(
    web: Browser, load: Load, runs: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(runs):
        load(products=FILES["products"])
    web.get(reverse("imports:list"))

    with django_assert_num_queries(3):
        web.get(reverse("imports:list"))


@pytest.mark.parametrize("rows", [1, 3])
def test_run_page_asks_as_much_for_one_issue_as_for_three(
    web: Browser, load: Load, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = load(products="code,name\n" + "a,\n" * rows)
    web.get(reverse("imports:run", args=[run.pk]))

    with django_assert_num_queries(6):
        web.get(reverse("imports:run", args=[run.pk]))
