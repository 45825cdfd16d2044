from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from clients.enums import HandoffStatus
from clients.models import Client, Handoff, Product, SalesRequest, StoredFile
from clients.services.handoffs import accept_handoff, ask_sales_back, mark_overdue_handoffs, return_handoff
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_user
from tests.handoff_factories import make_body, offer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def sales() -> User:
    return make_user(Role.SALES, language="en")


@pytest.fixture
def manager() -> User:
    return make_user(Role.AM, language="en")


@pytest.fixture
def head() -> User:
    return make_user(Role.HEAD, language="en")


def browser(user: User) -> Browser:
    visitor = Browser()
    visitor.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return visitor


def filled(**values: Any) -> dict[str, Any]:
    return {
        "key": "crm-one",
        "action": "offer",
        "client-name": "ООО «Север»",
        "client-kind": "legal",
        "client-inn": "7707083893",
        "client-tier": "A",
        "client-timezone": "Asia/Novosibirsk",
        "client-industry": "Реклама",
        "contacts-TOTAL_FORMS": "2",
        "contacts-INITIAL_FORMS": "0",
        "contacts-0-name": "Максим Орлов",
        "contacts-0-email": "max@example.ru",
        "contacts-0-phones": "8 913 000-00-00; +7 913 000-00-01",
        "contacts-0-greeting": "Привет, Макс!",
        "contacts-0-address_form": "ty",
        "contacts-1-address_form": "vy",
        "contract-amount": "120 000,50",
        "contract-signed_on": "2026-11-20",
        "contract-starts_on": "2026-12-01",
        "contract-ends_on": "2027-11-30",
        "promises-goal": "Больше заявок",
        "promises-promises": "Отчёт",
        "promises-terms": "Рассрочка",
        "promises-pains": ["deadline", "budget"],
        **values,
    }


def test_form_hands_off_what_was_typed(sales: User, manager: User) -> None:
    Product.objects.create(code="ads", name="Реклама")
    file = SimpleUploadedFile("договор.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF")
    data = filled(**{"contract-product_codes": ["ads"], "contract-signed_file": file})
    response = browser(sales).post("/handoffs/new/", data)
    handoff = Handoff.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/handoffs/{handoff.pk}/")
    client, contract, stored = handoff.client, handoff.contract, handoff.signed_file
    assert client is not None
    assert contract is not None
    assert stored is not None
    assert (client.name, client.inn, client.tier, str(client.industry)) == ("ООО «Север»", "7707083893", "A", "Реклама")
    contact = client.contacts.get()
    assert (contact.greeting, contact.address_form) == ("Привет, Макс!", "ty")
    assert [phone.number for phone in contact.phones.all()] == ["+79130000000", "+79130000001"]
    assert (str(contract.amount), [product.code for product in contract.products.all()]) == ("120000.50", ["ads"])
    stored.refresh_from_db()
    assert (stored.name, stored.content_type, stored.client) == ("договор.pdf", "application/pdf", client)
    download = browser(manager).get(f"/handoffs/{handoff.pk}/file/")
    assert download["Content-Disposition"].startswith("attachment")
    assert b"".join(download).startswith(b"%PDF")
    download.close()


def test_form_sent_twice_makes_one(sales: User, manager: User) -> None:
    visitor = browser(sales)
    first, second = visitor.post("/handoffs/new/", filled()), visitor.post("/handoffs/new/", filled())
    assert first["Location"] == second["Location"]
    assert (Handoff.objects.count(), Client.objects.count()) == (1, 1)


def test_form_sent_again_with_other_words_shows_the_one_that_was_sent(sales: User, manager: User) -> None:
    visitor = browser(sales)
    first = visitor.post("/handoffs/new/", filled())
    second = visitor.post("/handoffs/new/", filled(**{"promises-goal": "Иное"}))
    assert first["Location"] == second["Location"]
    assert Handoff.objects.get().goal == "Больше заявок"


def test_form_with_errors_keeps_everything_and_says_where(sales: User, manager: User) -> None:
    data = filled(**{"client-inn": "7707083894", "promises-goal": "", "contract-ends_on": "2020-01-01"})
    response = browser(sales).post("/handoffs/new/", data)
    page = response.content.decode()
    draft = Handoff.objects.get()
    assert (response.status_code, draft.status, Client.objects.count()) == (422, HandoffStatus.DRAFT, 0)
    assert page.count("is-invalid") >= 3
    assert draft.draft["form"]["client-inn"] == ["7707083894"]
    again = browser(sales).get(f"/handoffs/{draft.pk}/edit/").content.decode()
    assert "7707083894" in again
    assert "max@example.ru" in again


def test_form_without_a_reachable_contact_is_refused(sales: User, manager: User) -> None:
    data = filled(**{"contacts-0-email": "", "contacts-0-phones": ""})
    assert browser(sales).post("/handoffs/new/", data).status_code == 422
    data = filled(**{"contacts-0-phones": "12"})
    assert browser(sales).post("/handoffs/new/", data).status_code == 422
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"contract-amount": "много"},
        {"contract-amount": "-5"},
        {"contract-signed_on": "0001-01-01"},
        {"client-timezone": "Mars/Base"},
        {"client-name": "\x00"},
        {"contacts-TOTAL_FORMS": "99999999999999", "contacts-0-name": ""},
        {"contract-product_codes": ["nothing"]},
    ],
)
def test_form_refuses_nonsense(sales: User, manager: User, change: dict[str, Any]) -> None:
    assert browser(sales).post("/handoffs/new/", filled(**change)).status_code == 422
    assert not Client.objects.exists()


def zip_of(size: int = 10, *, name: str = "word/document.xml") -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * size)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("договор.pdf", b"MZ\x90"),
        ("договор.pdf", b"<svg onload=alert(1)>"),
        ("договор.pdf", b""),
        ("договор", b"%PDF-1.7"),
        ("договор.zip", zip_of()),
        ("договор.docx", b"PK\x03\x04 word/document.xml"),
        ("договор.docx", zip_of(name="xl/workbook.xml")),
        ("договор.docx", zip_of(40_000_000)),
        ("договор.pdf", b"%PDF-1.7" + b"0" * 25 * 1024 * 1024),
    ],
    ids=["program", "svg", "empty", "no ending", "zip", "broken", "sheet", "bomb", "large"],
)
def test_file_that_is_no_signed_contract_is_refused(sales: User, manager: User, name: str, contents: bytes) -> None:
    data = filled(**{"contract-signed_file": SimpleUploadedFile(name, contents)})
    assert browser(sales).post("/handoffs/new/", data).status_code == 422
    assert not Client.objects.exists()
    assert not StoredFile.objects.exists()


def test_name_of_a_signed_contract_loses_folders_and_signs(sales: User, manager: User) -> None:
    file = SimpleUploadedFile("договор.docx", zip_of())
    file.name = "C:\\тайное\\дого\u202eвор.docx"
    browser(sales).post("/handoffs/new/", filled(**{"contract-signed_file": file}))
    assert StoredFile.objects.get().name == "договор.docx"


def test_same_file_of_two_handoffs_is_two_rows(sales: User, manager: User) -> None:
    for number in "12":
        file = SimpleUploadedFile("договор.docx", zip_of())
        browser(sales).post("/handoffs/new/", {"key": f"crm-{number}", "action": "save", "contract-signed_file": file})
    assert len({handoff.signed_file_id for handoff in Handoff.objects.all()}) == 2


def test_draft_is_kept_unfinished_and_finished_later(sales: User, manager: User) -> None:
    visitor = browser(sales)
    response = visitor.post("/handoffs/new/", {"key": "crm-two", "action": "save", "client-name": "Недоп"})
    draft = Handoff.objects.get()
    assert response["Location"] == f"/handoffs/{draft.pk}/edit/"
    assert "Недоп" in visitor.get("/handoffs/").content.decode()
    visitor.post(response["Location"], filled())
    draft.refresh_from_db()
    assert draft.status == HandoffStatus.OFFERED


def test_draft_is_its_authors_alone(sales: User, head: User, manager: User) -> None:
    browser(sales).post("/handoffs/new/", {"key": "crm-two", "action": "save"})
    url = f"/handoffs/{Handoff.objects.get().pk}/edit/"
    assert browser(head).get(url).status_code == 404
    assert browser(make_user(Role.SALES)).get(url).status_code == 404
    response = browser(sales).post(f"{url.removesuffix('edit/')}discard/")
    assert (response["Location"], Handoff.objects.count()) == ("/handoffs/", 0)


def test_one_more_contact_adds_an_empty_row_and_keeps_the_rest(sales: User) -> None:
    page = browser(sales).post("/handoffs/new/", filled(action="add_contact")).content.decode()
    assert "contacts-1-name" in page
    assert "max@example.ru" in page
    assert not Handoff.objects.exists()


def test_known_client_is_found_and_gets_a_further_contract(sales: User, manager: User) -> None:
    known = offer(make_body(client__name="ООО «Ёлка»"), by=sales, now=now()).client
    foreign = make_client(manager, name="ООО «Елка чужая»")
    assert known is not None
    page = browser(sales).post("/handoffs/new/", filled(action="search", search="елка")).content.decode()
    assert f'value="{known.pk}"' in page
    assert str(foreign) not in page
    data = filled(existing=str(known.pk), **{"contacts-0-name": "", "contacts-0-email": "", "contacts-0-phones": ""})
    data |= {"contacts-0-greeting": "", "contacts-0-address_form": "vy"}
    browser(sales).post("/handoffs/new/", data)
    assert known.handoffs.count() == 2
    assert known.contracts.count() == 2


def test_client_of_somebody_else_cannot_be_chosen(sales: User, manager: User) -> None:
    foreign = make_client(manager)
    browser(sales).post("/handoffs/new/", filled(existing=str(foreign.pk)))
    handoff = Handoff.objects.get()
    assert handoff.client != foreign


def test_manager_accepts_with_one_press(sales: User, manager: User) -> None:
    handoff = offer(make_body(), by=sales, now=now())
    visitor = browser(manager)
    assert f"/handoffs/{handoff.pk}/accept/" in visitor.get("/handoffs/").content.decode()
    response = visitor.post(f"/handoffs/{handoff.pk}/accept/")
    handoff.refresh_from_db()
    assert (response["Location"], handoff.status) == (f"/handoffs/{handoff.pk}/", "accepted")
    page = browser(sales).get(f"/handoffs/{handoff.pk}/").content.decode()
    assert "/edit/" not in page
    assert browser(sales).get(f"/handoffs/{handoff.pk}/edit/").status_code == 302
    assert browser(sales).post(f"/handoffs/{handoff.pk}/edit/", filled()).status_code == 403


def test_manager_returns_and_sales_correct(sales: User, manager: User, head: User) -> None:
    handoff = offer(make_body(), by=sales, now=now())
    url = f"/handoffs/{handoff.pk}"
    assert browser(manager).post(f"{url}/return/", {"comment": "?"}).status_code == 422
    browser(manager).post(f"{url}/return/", {"reason": "incomplete", "comment": "Нет срока"})
    page = browser(sales).get(f"{url}/edit/").content.decode()
    assert "Нет срока" in page
    assert "Максим Орлов" in page
    assert browser(sales).post(f"{url}/edit/", filled(**{"promises-goal": ""})).status_code == 422
    response = browser(sales).post(f"{url}/edit/", filled(**{"client-name": "ООО «Юг»"}))
    handoff.refresh_from_db()
    assert (response["Location"], handoff.status, str(handoff.client)) == (f"{url}/", "offered", "ООО «Юг»")


def test_returned_hand_off_of_a_known_client_is_corrected_without_touching_him(
    sales: User, manager: User, head: User
) -> None:
    make_client(manager, external_id="c-known", name="Имя")
    handoff = offer(make_body(client__external_id="c-known"), by=sales, now=now())
    return_handoff(handoff=handoff, reason="incomplete", comment="", actor=manager, now=now())
    url = f"/handoffs/{handoff.pk}/edit/"
    assert 'name="client-name"' not in browser(sales).get(url).content.decode()
    browser(sales).post(url, filled(action="save"))
    browser(sales).post(url, filled())
    handoff.refresh_from_db()
    assert (handoff.status, str(handoff.client), handoff.goal) == ("offered", "Имя", "Больше заявок")


def test_answers_are_refused_to_others(sales: User, manager: User, head: User) -> None:
    url = f"/handoffs/{offer(make_body(), by=sales, now=now()).pk}"
    colleague = browser(make_user(Role.AM))
    assert [colleague.post(f"{url}/{what}/", {"reason": "other"}).status_code for what in ("accept", "return")] == [
        403,
        403,
    ]
    assert colleague.post(f"{url}/redirect/", {"user": manager.pk}).status_code == 403
    assert browser(make_user(Role.SALES)).get(f"{url}/").status_code == 404
    assert browser(make_user()).get("/handoffs/").status_code == 403
    assert browser(manager).get("/handoffs/new/").status_code == 403
    assert Browser().get("/handoffs/").status_code == 302
    assert colleague.get(f"{url}/file/").status_code == 404


def test_answering_too_late_says_so(sales: User, manager: User) -> None:
    handoff = offer(make_body(), by=sales, now=now())
    accept_handoff(handoff=handoff, actor=manager, now=now())
    assert browser(manager).post(f"/handoffs/{handoff.pk}/return/", {"reason": "other"}).status_code == 409


def test_head_sees_what_is_overdue_and_asks_another(sales: User, manager: User, head: User) -> None:
    handoff = offer(make_body(), by=sales, now=now())
    assert handoff.accept_by is not None
    mark_overdue_handoffs(now=handoff.accept_by.replace(year=handoff.accept_by.year + 1))
    other, visitor = make_user(Role.AM), browser(head)
    assert str(handoff.client) in visitor.get("/handoffs/?view=overdue").content.decode()
    url = f"/handoffs/{handoff.pk}/redirect/"
    assert visitor.post(url, {"user": sales.pk}).status_code == 422
    visitor.post(url, {"user": other.pk})
    handoff.refresh_from_db()
    assert (handoff.proposed_owner, handoff.overdue_at) == (other, None)


def test_head_sees_whom_nobody_took(sales: User, head: User) -> None:
    visitor = browser(head)
    assert "Everybody has a manager" in visitor.get("/handoffs/?view=distribute").content.decode()
    handoff = offer(make_body(), by=sales, now=now())
    assert f"/handoffs/{handoff.pk}/" in visitor.get("/handoffs/?view=distribute").content.decode()


def test_manager_asks_sales_back_and_sales_dismiss(sales: User, manager: User) -> None:
    client = offer(make_body(), by=sales, now=now()).client
    assert client is not None
    url = f"/handoffs/ask/{client.pk}/"
    assert browser(manager).get(url).status_code == 200
    assert browser(manager).post(url, {"salesperson": sales.pk, "text": ""}).status_code == 422
    browser(manager).post(url, {"salesperson": sales.pk, "text": "Новый сайт"})
    asked = SalesRequest.objects.get()
    page = browser(sales).get("/handoffs/").content.decode()
    assert "Новый сайт" in page
    assert f"/handoffs/new/?client={client.pk}" in page
    assert str(client) in browser(sales).get(f"/handoffs/new/?client={client.pk}").content.decode()
    dismiss = f"/handoffs/requests/{asked.pk}/dismiss/"
    assert browser(manager).get(dismiss).status_code == 404
    assert browser(sales).get(dismiss).status_code == 200
    assert browser(sales).post(dismiss, {"because": ""}).status_code == 422
    browser(sales).post(dismiss, {"because": "Передумали"})
    asked.refresh_from_db()
    assert asked.closed_at is not None
    assert browser(sales).get(url).status_code == 403


def test_possible_duplicate_is_shown_to_the_department_only(sales: User, manager: User) -> None:
    offer(make_body(client__inn="7707083893", client__name="ООО «Первое»"), by=sales, now=now())
    second = offer(make_body(client__inn="7707083893"), by=make_user(Role.SALES), now=now())
    assert "ООО «Первое»" in browser(manager).get(f"/handoffs/{second.pk}/").content.decode()
    assert "ООО «Первое»" not in browser(second.salesperson).get(f"/handoffs/{second.pk}/").content.decode()


def test_list_pages_by_number(sales: User, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.views.handoffs.PAGE", 2)
    rows = [offer(make_body(), by=sales, now=now()) for _number in range(3)]
    first = browser(sales).get("/handoffs/").content.decode()
    assert f"before={rows[1].pk}" in first
    older = browser(sales).get(f"/handoffs/?view=mine&before={rows[1].pk}").content.decode()
    assert str(rows[0].client) in older
    assert f"/handoffs/{rows[2].pk}/" not in older


@pytest.mark.parametrize("view", ["mine", "inbox", "overdue", "distribute", "all", "other"])
@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_a_fixed_number_of_queries(
    head: User, manager: User, view: str, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(rows):
        client = offer(make_body(), by=head, now=now()).client
        assert client is not None
        ask_sales_back(client=client, salesperson=head, text="?", actor=manager, now=now())
    visitor = browser(head)
    with django_assert_max_num_queries(10):
        visitor.get(f"/handoffs/?view={view}")


def test_detail_and_form_take_a_fixed_number_of_queries(
    sales: User, manager: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    contacts = [{"name": f"К{number}", "email": f"k{number}@example.ru"} for number in range(3)]
    url = f"/handoffs/{offer(make_body(contacts=contacts), by=sales, now=now()).pk}/"
    visitor, seller = browser(manager), browser(sales)
    with django_assert_max_num_queries(12):
        visitor.get(url)
    with django_assert_max_num_queries(9):
        seller.get("/handoffs/new/")
