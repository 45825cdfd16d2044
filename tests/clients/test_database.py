"""What the database keeps true by itself, whoever writes and however."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils.timezone import localdate

from clients.enums import AssignmentReason
from clients.models import (
    NO_CONTRACT,
    NO_ORDER,
    OPEN_ENDED,
    Assignment,
    Client,
    ClientSearch,
    ClientSegment,
    ClientStanding,
    Contact,
    ContactPhone,
    Contract,
    Order,
    Region,
)
from clients.services import assign_owner
from staff.models import User
from tests.factories import make_client, make_contact, make_contract, make_order, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def commit(action: Any) -> None:
    action()
    check_deferred()


def check_deferred() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def owner() -> User:
    return make_user(name="Ёлкина Анна")


def test_client_without_an_owner_is_refused_at_commit(owner: User) -> None:
    with pytest.raises(IntegrityError, match="no open assignment"), transaction.atomic():
        commit(lambda: Client.objects.create(name="Ничей"))


def test_open_assignment_cannot_be_closed_moved_or_deleted_alone(owner: User) -> None:
    client, other = make_client(owner), make_client(owner)
    opened = Assignment.objects.filter(client=client)
    for spoil in (
        lambda: opened.update(ended_at=NOW + timedelta(days=9999)),
        opened.delete,
        lambda: opened.update(client=other),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            commit(spoil)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(client=client, user=owner, reason=AssignmentReason.TRANSFER)


def test_owner_changes_within_one_transaction(owner: User) -> None:
    client, next_owner = make_client(owner), make_user(name="Борис")
    assign_owner(client=client, user=next_owner, reason=AssignmentReason.TRANSFER, actor=owner, now=NOW)
    check_deferred()
    standing = ClientStanding.objects.get(client=client)
    assert (standing.owner_id, standing.owner_key) == (next_owner.pk, "борис")


@pytest.mark.parametrize("model", [Client, Contact, Contract, Order])
def test_every_write_moves_the_version_on(owner: User, model: Any) -> None:
    client = make_client(owner)
    make_contact(client)
    make_contract(client, date(2026, 1, 1))
    make_order(client, NOW)
    row = model.objects.get()
    model.objects.filter(pk=row.pk).update(external_id="x")
    row.save()
    assert model.objects.get().version == 3


def test_audit_trail_follows_bulk_writes_and_cannot_be_edited(owner: User) -> None:
    events = Client.pgh_event_model.objects  # type: ignore[attr-defined]
    client, other = make_client(owner), make_client(owner)
    Client.objects.update(tier="A")
    Client.objects.filter(pk=client.pk).update(name=client.name)

    assert list(events.filter(pgh_obj=other).order_by("pgh_id").values_list("pgh_label", "tier")) == [
        ("insert", "B"),
        ("update", "A"),
    ]
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        events.all().delete()


def found(text: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_id FROM clients_clientsearch WHERE document @@ %s::tsquery", [text])
        ids = [row[0] for row in cursor.fetchall()]
    return set(Client.objects.filter(pk__in=ids).values_list("name", flat=True))


def test_search_document_follows_client_contact_and_phone(owner: User) -> None:
    client = make_client(owner, name="ООО «Ёлочный Базар»", inn="7707083893")
    contact = make_contact(client, "+79130000001;ext=12", name="Пётр", email="Petr@Example.ru")
    here = {client.name}
    for text in ("'елочн':*", "'базар'", "'7707083893'", "'петр'", "'petr@example.ru'", "'example.ru'"):
        assert found(text) == here, text
    assert found("'9130000001'") == found("'79130000001'") == found("'0000001'") == here

    ContactPhone.objects.filter(contact=contact).update(number="+79130000002")
    assert (found("'9130000001'"), found("'9130000002'")) == (set(), here)
    contact.phones.all().delete()
    Contact.objects.filter(pk=contact.pk).update(email="new@x.ru")
    assert (found("'9130000002'"), found("'new@x.ru'"), found("'petr@example.ru'")) == (set(), here, set())
    Contact.objects.filter(pk=contact.pk).update(archived_at=NOW)
    assert found("'new@x.ru'") == set()
    Client.objects.update(name="Сосна")
    assert (found("'базар'"), found("'сосн'")) == (set(), {"Сосна"})
    contact.delete()
    assert ClientSearch.objects.count() == 1


def words_and_documents() -> list[set[tuple[str, int]]]:
    documents = "SELECT unnest(tsvector_to_array(document)), client_id FROM clients_clientsearch"
    with connection.cursor() as cursor:
        found = []
        for sql in ("SELECT word, client_id FROM clients_clientword", documents):
            cursor.execute(sql)
            found.append(set(cursor.fetchall()))
    return found


def test_words_are_those_of_the_search_documents(owner: User) -> None:
    client, other = make_client(owner, name="Ёлочный Базар", inn="7707083893"), make_client(owner, name="Базар")
    contact = make_contact(client, "+79130000001", name="Пётр", email="petr@example.ru")
    words, documents = words_and_documents()
    assert words == documents
    assert {("елочный", client.pk), ("petr@example.ru", client.pk), ("базар", other.pk)} <= words

    Client.objects.update(name=Concat("name", Value(" Сосна")))
    contact.delete()
    words, documents = words_and_documents()
    assert words == documents
    assert {word for word, pk in words if pk == client.pk} >= {"сосна", "елочный"}
    assert ("petr@example.ru", client.pk) not in words

    ClientSearch.objects.filter(client=client).delete()
    assert {pk for _word, pk in words_and_documents()[0]} == {other.pk}


def test_segments_follow_tier_industry_and_region_by_the_company_day(owner: User) -> None:
    client = make_client(owner, created_on=date(2020, 1, 1))
    region = Region.objects.create(name="Область")
    today = localdate()

    Client.objects.update(tier="A")
    Client.objects.update(region=region)
    Client.objects.update(name="Другое имя")

    rows = list(ClientSegment.objects.order_by("from_on").values_list("tier", "region", "from_on", "until_on"))
    assert rows == [("B", None, date(2020, 1, 1), today), ("A", region.pk, today, None)]

    Client.objects.filter(pk=client.pk).update(created_on=date(2019, 1, 1))
    assert ClientSegment.objects.order_by("from_on")[0].from_on == date(2019, 1, 1)


def test_standing_follows_orders_and_contracts(owner: User) -> None:
    client = make_client(owner, name="Ёж")
    standing = ClientStanding.objects.get(client=client)
    assert (standing.last_order_at, standing.contract_ends, standing.name_key) == (NO_ORDER, NO_CONTRACT, "еж")

    make_order(client, NOW)
    late = make_order(client, NOW + timedelta(days=1))
    closed = make_contract(client, date(2026, 1, 1), ends_on=date(2026, 12, 31))
    standing.refresh_from_db()
    assert (standing.last_order_at, standing.contract_ends) == (NOW + timedelta(days=1), date(2026, 12, 31))

    Order.objects.filter(pk=late.pk).update(status="cancelled", completed_at=None)
    endless = make_contract(client, date(2026, 1, 1))
    standing.refresh_from_db()
    assert (standing.last_order_at, standing.contract_ends) == (NOW, OPEN_ENDED)

    endless.delete()
    Contract.objects.filter(pk=closed.pk).update(terminated_on=date(2026, 6, 30))
    Order.objects.all().delete()
    Client.objects.update(name="Ананас")
    User.objects.update(name="Юрий")
    standing.refresh_from_db()
    assert (standing.last_order_at, standing.contract_ends) == (NO_ORDER, date(2026, 6, 30))
    assert (standing.name_key, standing.owner_key) == ("ананас", "юрий")


def test_a_contract_that_prolongs_itself_has_no_last_day_until_it_is_terminated(owner: User) -> None:
    client = make_client(owner)
    contract = make_contract(client, date(2026, 1, 1), ends_on=date(2026, 3, 31), prolongation_months=3)
    assert ClientStanding.objects.get(client=client).contract_ends == OPEN_ENDED
    Contract.objects.filter(pk=contract.pk).update(terminated_on=date(2026, 8, 15))
    assert ClientStanding.objects.get(client=client).contract_ends == date(2026, 8, 15)


def test_money_and_dates_that_cannot_be_are_refused(owner: User) -> None:
    client = make_client(owner)
    for spoil in (
        lambda: make_order(client, NOW, amount=Decimal(-1)),
        lambda: make_order(client, NOW, amount=1, refunded_amount=2),
        lambda: make_contract(client, date(2026, 2, 1), ends_on=date(2026, 1, 1)),
        lambda: Client.objects.filter(pk=client.pk).update(parent=client),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            spoil()
