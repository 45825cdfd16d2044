from __future__ import annotations

import pghistory
import pytest

from clients.models import Assignment, Client, Contact, Contract, Order, Product
from core.errors import ConflictError, DomainError
from feedback.models import SurveyResponse
from interchange.enums import ImportState
from interchange.services import undo_import
from staff.models import User
from tests.factories import make_client, make_contract
from tests.interchange.conftest import FILES, NOW, Load

pytestmark = pytest.mark.django_db


def test_undone_import_leaves_nothing_behind(load: Load, head: User) -> None:
    known = make_client(head)
    run = load(**FILES)

    run = undo_import(run=run, now=NOW)

    assert run.state == ImportState.UNDONE
    assert list(Client.objects.all()) == [known]
    assert list(User.objects.all()) == [head]
    for model in (Contact, Contract, Order, Product, SurveyResponse):
        assert not model.objects.exists()


def test_undone_import_restores_what_it_changed(load: Load, head: User) -> None:
    load(**FILES)
    run = load(
        products="code,name\nads,Иначе\n",
        clients="external_id,name,manager,tier\nc-1,Иначе,anna,C\n",
        contacts="external_id,client_external_id,name,phones\np-1,c-1,Иначе,+79130000009\n",
        contracts=FILES["contracts"].replace("wool;ads", "ads").replace("120000", "1"),
    )

    undo_import(run=run, now=NOW)

    product = Product.objects.get(code="ads")
    assert (product.name, product.version) == ("Реклама", 3)
    client = Client.objects.get(external_id="c-1")
    assert (client.name, client.tier) == ("ООО «Север»", "B")
    assert Assignment.objects.get(client=client, ended_at__isnull=True).user == head
    contact = Contact.objects.get()
    assert (contact.name, [phone.number for phone in contact.phones.all()]) == (
        "Макс",
        ["+79130000001", "+79130000000"],
    )
    contract = Contract.objects.get()
    assert contract.amount == 120_000
    assert contract.products.count() == 2


def test_import_can_not_be_undone_when_a_row_was_changed_since(load: Load) -> None:
    run = load(**FILES)
    with pghistory.context(by="somebody else"):
        Client.objects.filter(external_id="c-1").update(name="Правка")

    with pytest.raises(ConflictError):
        undo_import(run=run, now=NOW)

    assert Client.objects.count() == 2


def test_import_can_not_be_undone_when_something_was_built_on_it(load: Load) -> None:
    run = load(**FILES)
    with pghistory.context(by="somebody else"):
        make_contract(Client.objects.get(external_id="c-1"), NOW.date())

    with pytest.raises(ConflictError):
        undo_import(run=run, now=NOW)

    assert Client.objects.count() == 2


def test_dry_run_has_nothing_to_undo(load: Load) -> None:
    run = load(dry_run=True, **FILES)

    with pytest.raises(DomainError):
        undo_import(run=run, now=NOW)


def test_import_is_undone_once(load: Load) -> None:
    run = load(**FILES)
    undo_import(run=run, now=NOW)

    with pytest.raises(DomainError):
        undo_import(run=run, now=NOW)
