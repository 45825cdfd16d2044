"""Forms of the room as people use them: wrong input, double clicks, two at once, files."""

from __future__ import annotations

import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client, Contact, Contract, Industry, Order, Product, StoredFile, TimelineEvent
from core.idempotency import new_key
from gateways.models import OutboxMessage
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contact, make_contract, make_order, make_user
from tests.forms import shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM, name="Анна Ким")


@pytest.fixture
def web(client: Browser, owner: User) -> Browser:
    client.force_login(owner)
    return client


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def new_client_data(owner: User, /, **values: str) -> dict[str, Any]:
    return {
        "name": "ООО «Север»", "kind": "legal", "inn": "7707083893", "kpp": "770701001", "tier": "A",
        "timezone": "Asia/Omsk", "created_on": "2026-01-02", "owner": owner.pk, "once": new_key(), **values,
    }  # fmt: skip


def test_client_is_created_once_however_often_the_form_is_sent(web: Browser, owner: User) -> None:
    data = new_client_data(owner)
    first, second = (web.post("/clients/new/", data) for _ in "12")
    created = Client.objects.get()
    assert (created.name, created.tier, created.timezone) == ("ООО «Север»", "A", "Asia/Omsk")
    assert first.headers["Location"] == second.headers["Location"] == f"/clients/{created.pk}/"
    web.post("/clients/new/", new_client_data(owner))
    assert Client.objects.filter(possible_duplicate_of=created).count() == 1


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": " "}),
        ("inn", {"inn": "7707083890"}),
        ("inn", {"inn": "500100732259"}),
        ("inn", {"kind": "person", "kpp": ""}),
        ("kpp", {"kpp": "77"}),
        ("kpp", {"kind": "person", "inn": ""}),
        ("parent", {"parent": "Никто"}),
        ("timezone", {"timezone": "Mars/Olympus"}),
        ("created_on", {"created_on": "вчера"}),
        ("owner", {"owner": "0"}),
    ],
)
def test_wrong_client_is_refused_at_the_field(web: Browser, owner: User, field: str, values: dict[str, str]) -> None:
    response = web.post("/clients/new/", new_client_data(owner, **values))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Client.objects.exists()


def test_parent_is_found_by_inn_or_exact_name(web: Browser, owner: User) -> None:
    parent = make_client(owner, name="Холдинг", inn="7736050003")
    for text in ("7736050003", "холдинг", str(parent.pk)):
        web.post("/clients/new/", new_client_data(owner, parent=text))
    assert parent.branches.count() == 3
    make_client(owner, name="Холдинг")
    assert web.post("/clients/new/", new_client_data(owner, parent="Холдинг")).status_code == 422


def test_two_people_editing_lose_nothing(web: Browser, owner: User) -> None:
    client = make_client(owner, name="Север", industry=Industry.objects.all()[0], parent=make_client(owner, inn="1"))
    url = f"/clients/{client.pk}/edit/"
    data = shown(web.get(url))
    other = Industry.objects.all()[1]
    Client.objects.filter(pk=client.pk).update(industry=other, kpp="770701001", name="Юг")

    conflict = web.post(url, {**data, "name": "Запад", "tier": "C"})
    assert conflict.status_code == 409
    (clash,) = conflict.context["clashes"]
    assert (clash["original"], clash["theirs"], clash["mine"]) == ("Север", "Юг", "Запад")
    client.refresh_from_db()
    assert (client.name, client.tier) == ("Юг", "B")

    again = {**shown(conflict), "started": conflict.context["started"]}
    for choice, expected in (("theirs", "Юг"), ("original", "Север"), ("mine", "Запад")):
        Client.objects.filter(pk=client.pk).update(name="Юг", tier="B")
        assert web.post(url, {**again, "keep-name": choice}).status_code == 302
        client.refresh_from_db()
        assert (client.name, client.tier, client.industry, client.kpp) == (expected, "C", other, "770701001")


def test_edit_with_a_spoilt_original_still_checks(web: Browser, owner: User) -> None:
    client = make_client(owner, name="Север")
    url = f"/clients/{client.pk}/edit/"
    data = shown(web.get(url))
    for spoilt in ("[]", "{", "[" * 3000):
        assert web.post(url, {**data, "original": spoilt}).status_code == 302
    assert web.post(url, {**data, "name": ""}).status_code == 422
    branch = make_client(owner, parent=client, name="Филиал")
    assert web.post(url, {**data, "parent": branch.name}).status_code == 400


def test_contact_with_many_phones_is_added_and_edited(web: Browser, owner: User) -> None:
    client = make_client(owner)
    phones = ["8 (913) 000-00-01", "+7 913 000 00 02 доб. 15", ""]
    data = {"name": "Макс", "email": "Max@X.RU", "phones": phones, "address_form": "ty", "greeting": "Привет,\nМакс!"}
    bad = web.post(f"/clients/{client.pk}/contacts/new/", {**data, "phones": ["123", "не номер"]})
    assert (bad.status_code, len(bad.context["form"].errors["phones"])) == (422, 2)
    many = [f"+7913000{place:04}" for place in range(21)]
    assert web.post(f"/clients/{client.pk}/contacts/new/", {**data, "phones": many}).status_code == 422
    web.post(f"/clients/{client.pk}/contacts/new/", data)
    contact = Contact.objects.get()
    assert (contact.email, contact.greeting) == ("max@x.ru", "Привет, Макс!")
    assert [row.number for row in contact.phones.all()] == ["+79130000001", "+79130000002;ext=15"]

    url = f"/clients/contacts/{contact.pk}/"
    form = shown(web.get(url))
    contact.phones.all().delete()
    conflict = web.post(url, {**form, "phones": [*form["phones"], "+79130000009"]})
    assert conflict.status_code == 409
    again = {**shown(conflict), "started": conflict.context["started"], "keep-phones": "mine"}
    assert web.post(url, again).status_code == 302
    assert contact.phones.count() == 3
    web.post(f"{url}archive/")
    contact.refresh_from_db()
    assert contact.archived_at is not None


def test_contract_and_order_walk_through_their_forms(web: Browser, owner: User) -> None:
    client = make_client(owner)
    product = Product.objects.create(code="ads", name="Реклама")
    contract_data = {
        "number": "1", "signed_on": "2026-01-01", "starts_on": "01.02.2026", "ends_on": "2026-12-31",
        "amount": "120 000,50 ₽", "products": [product.pk], "once": new_key(),
    }  # fmt: skip
    url = f"/clients/{client.pk}/contracts/new/"
    assert list(web.post(url, {**contract_data, "ends_on": "2026-01-31"}).context["form"].errors) == ["ends_on"]
    for amount in ("-5", "много", "1.234"):
        assert list(web.post(url, {**contract_data, "amount": amount}).context["form"].errors) == ["amount"], amount
    for _ in "12":
        web.post(url, contract_data)
    contract = Contract.objects.get()
    assert (contract.amount, list(contract.products.all())) == (Decimal("120000.50"), [product])
    form = shown(web.get(f"/clients/contracts/{contract.pk}/"))
    assert web.post(f"/clients/contracts/{contract.pk}/", {**form, "terminated_on": "2026-06-30"}).status_code == 302

    order_data = {
        "ordered_at": "2026-03-01T10:00", "status": "completed", "amount": "5000", "contract": contract.pk,
        "once": new_key(),
    }  # fmt: skip
    url = f"/clients/{client.pk}/orders/new/"
    wrong = web.post(url, {**order_data, "status": "new", "completed_at": "2026-03-02T10:00"})
    assert list(wrong.context["form"].errors) == ["completed_at"]
    early = web.post(url, {**order_data, "completed_at": "2026-02-02T10:00"})
    assert (early.status_code, list(early.context["form"].errors)) == (400, ["completed_at"])
    for _ in "12":
        web.post(url, order_data)
    order = Order.objects.get()
    form = shown(web.get(f"/clients/orders/{order.pk}/"))
    form |= {"ordered_at": "2026-03-01T10:00", "completed_at": "", "products": [product.pk], "status": "cancelled"}
    assert web.post(f"/clients/orders/{order.pk}/", form).status_code == 302
    order.refresh_from_db()
    assert (order.status, list(order.products.all())) == ("cancelled", [product])

    seen = shown(web.get(f"/clients/orders/{order.pk}/refund/"))
    refund = {**seen, "refunded_amount": "1000", "refunded_on": "2026-04-01"}
    assert web.post(f"/clients/orders/{order.pk}/refund/", {**refund, "refunded_amount": "9999"}).status_code == 400
    for _ in "12":
        assert web.post(f"/clients/orders/{order.pk}/refund/", refund).status_code == 302
    assert web.post(f"/clients/orders/{order.pk}/refund/", {**refund, "refunded_amount": "2000"}).status_code == 409
    order.refresh_from_db()
    assert order.net == Decimal(4000)


def test_letter_is_chosen_edited_and_sent_once(web: Browser, owner: User) -> None:
    client = make_client(owner)
    url = f"/clients/{client.pk}/letter/"
    assert not web.get(url).context["writable"]
    contact = make_contact(client, greeting="Привет, Макс!")
    offered = web.get(f"{url}?template=welcome&contact={contact.pk}")
    assert offered.context["form"].initial["body"].startswith("Привет, Макс!")
    assert web.get(f"{url}?template=survey&contact=x").context["form"].initial["template"] == "note_by_hand"
    data = {**shown(offered), "subject": "Тема\r\nBcc: x@y.ru", "body": "Привет, Макс!\n\n{{ client }}"}
    for _ in "12":
        assert web.post(url, data).status_code == 302
    message = OutboxMessage.objects.get()
    assert (message.subject, "{{ client }}" in message.text) == ("Тема Bcc: x@y.ru", True)
    assert message.reply_to == owner.email
    assert web.post(url, {**data, "body": ""}).status_code == 422


def test_note_is_written_once_and_never_empty(web: Browser, owner: User) -> None:
    client = make_client(owner)
    data = {"text": "Запомнить", "once": new_key()}
    for _ in "12":
        web.post(f"/clients/{client.pk}/notes/", data)
    web.post(f"/clients/{client.pk}/notes/", {"text": " "})
    assert TimelineEvent.objects.filter(kind="note").count() == 1


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.exe", b"MZ"),
        ("a.svg", b"<svg onload='x'/>"),
        ("a.html", b"<script>"),
        ("a.pdf", b"<html>not a pdf"),
        ("a.png", b"GIF89a"),
        ("a.docx", b"PK\x03\x04broken"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("a.xls", b"PK"),
        ("a.txt", b"text\x00binary"),
        ("a.txt", b"\x7fELF\x02\x01\x01"),
        ("bomb.xlsx", zipped(a=b"0" * 40_000_000)),
        ("up.zip", zipped(**{"../../etc/passwd": b"x"})),
        ("big.txt", b"x" * (25 * 1024 * 1024 + 1)),
        ("noending", b"x"),
    ],
)
def test_file_that_is_not_what_it_says_is_refused(web: Browser, owner: User, name: str, data: bytes) -> None:
    client = make_client(owner)
    upload = SimpleUploadedFile(name, data)
    response = web.post(f"/clients/{client.pk}/files/", {"content": upload, "once": new_key()})
    assert response.status_code == 400
    assert list(response.context["form"].errors) == ["content"]
    assert not StoredFile.objects.exists()


def test_file_is_kept_under_a_secret_name_and_given_back_as_a_download(
    web: Browser, client: Browser, owner: User, media: Path
) -> None:
    owned = make_client(owner)
    for name in ("../../Договор\u202e №1.pdf", "../../Договор\u202e №1.pdf", "list.txt", "book.docx"):
        data = (
            zipped(**{"word/document.xml": b"x"})
            if name.endswith("docx")
            else b"text"
            if name.endswith("txt")
            else b"%PDF-1.4"
        )
        upload = SimpleUploadedFile("x", data)
        upload._name = name  # type: ignore[attr-defined]  # what a hostile client sends, not what Django tidies
        assert web.post(f"/clients/{owned.pk}/files/", {"content": upload, "once": new_key()}).status_code == 302
    stored = StoredFile.objects.get(content_type="application/pdf")
    assert stored.name == "Договор №1.pdf"
    assert "Договор" not in stored.content.name

    response = web.get(f"/clients/files/{stored.pk}/")
    assert response.getvalue() == b"%PDF-1.4"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    stored.content.delete(save=False)
    stored.content.name = "files/gone.pdf"
    stored.save()
    assert web.get(f"/clients/files/{stored.pk}/").status_code == 404
    client.force_login(make_user(Role.SALES))
    assert client.get(f"/clients/files/{stored.pk}/").status_code == 404


def test_catalogue_is_read_by_all_and_changed_by_the_head(web: Browser, client: Browser) -> None:
    assert web.get("/clients/products/").status_code == 200
    assert web.get("/clients/products/new/").status_code == 403
    client.force_login(make_user(Role.HEAD))
    data = {"code": "ads", "name": "Реклама", "price": "1000"}
    assert client.post("/clients/products/new/", {**data, "once": new_key()}).status_code == 302
    assert client.post("/clients/products/new/", {**data, "once": new_key()}).status_code == 400
    product = Product.objects.get()
    url = f"/clients/products/{product.pk}/"
    Product.objects.create(code="taken", name="x")
    assert client.post(url, {**shown(client.get(url)), "code": "taken"}).status_code == 400
    assert client.post(url, {**shown(client.get(url)), "name": "Размещение"}).status_code == 302
    for archived in (True, False):
        client.post(f"{url}archive/")
        product.refresh_from_db()
        assert (product.archived_at is not None) is archived
    assert client.get("/clients/products/?state=archived").status_code == 200


def test_head_adds_to_the_lists_once(client: Browser) -> None:
    client.force_login(make_user(Role.HEAD))
    assert client.get("/clients/lists/").status_code == 200
    assert client.post("/clients/lists/", {"kind": "industry", "name": "Новая отрасль"}).status_code == 302
    assert client.post("/clients/lists/", {"kind": "industry", "name": "новая ОТРАСЛЬ"}).status_code == 422
    assert client.post("/clients/lists/", {"kind": "nothing", "name": "x"}).status_code == 422
    assert Industry.objects.filter(name="Новая отрасль").count() == 1


def test_archive_and_restore_from_the_card(web: Browser, owner: User) -> None:
    client = make_client(owner)
    for path, archived in (("archive", True), ("archive", True), ("restore", False), ("restore", False)):
        assert web.post(f"/clients/{client.pk}/{path}/").status_code == 302
        client.refresh_from_db()
        assert (client.archived_at is not None) is archived
    assert web.get(f"/clients/{client.pk}/archive/").status_code == 405


def test_form_without_our_key_is_taken_as_it_is(web: Browser, owner: User) -> None:
    client = make_client(owner)
    make_order(client, timezone.now())
    make_contract(client, timezone.localdate())
    for _ in "12":
        web.post(f"/clients/{client.pk}/notes/", {"text": "x", "once": "short"})
    assert TimelineEvent.objects.filter(kind="note").count() == 2
    assert json.loads(shown(web.get(f"/clients/{client.pk}/edit/"))["original"])["name"] == client.name
