from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.enums import AssignmentReason, AssignmentState, EventKind, OrderStatus
from clients.models import Assignment, Client, Contact, Order, Product, TimelineEvent
from clients.queries import current_owner, open_assignment, owners_of
from clients.services import (
    ClientData,
    ContactData,
    ContractData,
    OrderData,
    add_contact,
    archive_client,
    archive_contact,
    assign_owner,
    change_client,
    change_contact,
    change_contract,
    change_order,
    create_client,
    refund_order,
    restore_client,
    sign_contract,
    take_over_orphans,
    write_order,
)
from clients.services.notes import add_note
from core.concurrency import EditConflictError, plain, snapshot
from core.errors import ConflictError, DomainError
from gateways.models import OutboxMessage
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contact, make_contract, make_order, make_user

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM)


@pytest.fixture
def client_(owner: User) -> Client:
    return make_client(owner, name="Север")


def kinds(client: Client) -> list[str]:
    return list(client.timeline.order_by("id").values_list("kind", flat=True))


def test_create_client_has_an_owner_and_flags_the_same_inn(owner: User) -> None:
    first = create_client(data=ClientData(name="А", inn="7707083893"), owner=owner, actor=owner, now=NOW)
    second = create_client(data=ClientData(name="Б", inn="7707083893"), owner=owner, actor=owner, now=NOW)

    assert second.possible_duplicate_of == first
    assert current_owner(first) == owner
    assert owners_of([first.pk, second.pk]) == {first.pk: owner, second.pk: owner}
    assert kinds(first) == [EventKind.CLIENT_CREATED]
    with pytest.raises(DomainError, match=r"exists|существует|есть"):
        create_client(data=ClientData(name="В", external_id=first.external_id), owner=owner, actor=owner, now=NOW)


def test_assign_owner_changes_only_what_differs(client_: Client, owner: User) -> None:
    other = make_user(Role.AM)
    same = assign_owner(client=client_, user=owner, reason=AssignmentReason.TRANSFER, actor=None, now=NOW)
    assert (same.ended_at, kinds(client_)) == (None, [])
    offered = assign_owner(
        client=client_, user=owner, reason=AssignmentReason.HANDOFF, state=AssignmentState.OFFERED, actor=None, now=NOW
    )
    assert (offered.pk, offered.state) == (same.pk, AssignmentState.OFFERED)
    assign_owner(client=client_, user=other, reason=AssignmentReason.TRANSFER, actor=owner, now=NOW + timedelta(days=9))
    assert open_assignment(client_).user == other
    assert kinds(client_) == [EventKind.OWNER_CHANGED]


def test_change_client_merges_other_fields_and_asks_about_the_same(client_: Client, owner: User) -> None:
    seen = snapshot(client_, ["name", "tier"])
    Client.objects.filter(pk=client_.pk).update(tier="A")

    change_client(client_id=client_.pk, original=seen, mine={"name": "Юг", "tier": "B"}, actor=owner, now=NOW)
    client_.refresh_from_db()
    assert (client_.name, client_.tier) == ("Юг", "A")
    assert client_.timeline.get().data == {"fields": ["name"]}

    with pytest.raises(EditConflictError) as caught:
        change_client(client_id=client_.pk, original=seen, mine={"name": "Запад", "tier": "B"}, actor=owner, now=NOW)
    (clash,) = caught.value.clashes
    assert (clash.field, clash.original, clash.theirs, clash.mine) == ("name", "Север", "Юг", "Запад")
    client_.refresh_from_db()
    assert client_.name == "Юг"


def test_client_cannot_be_a_branch_of_its_own_branch(client_: Client, owner: User) -> None:
    branch = make_client(owner, parent=client_)
    for parent in (client_, branch):
        with pytest.raises(DomainError):
            change_client(client_id=client_.pk, original={}, mine={"parent": parent}, actor=owner, now=NOW)


def test_archive_and_restore_once(client_: Client, owner: User) -> None:
    assert [archive_client(client_id=client_.pk, actor=owner, now=NOW) for _ in "12"] == [True, False]
    assert [restore_client(client_id=client_.pk, actor=owner, now=NOW) for _ in "12"] == [True, False]
    assert kinds(client_) == [EventKind.CLIENT_ARCHIVED, EventKind.CLIENT_RESTORED]


def test_first_contact_is_main_and_a_new_main_one_replaces_it(client_: Client, owner: User) -> None:
    first = add_contact(client=client_, data=ContactData(name="А", email="A@X.ru"), actor=owner, now=NOW)
    phones = ["+79130000000", "+79130000000", "+79130000001"]
    second = add_contact(
        client=client_, data=ContactData(name="Б", phones=phones, is_primary=True), actor=owner, now=NOW
    )
    first.refresh_from_db()
    assert (first.is_primary, first.email, second.is_primary) == (False, "a@x.ru", True)
    assert [phone.number for phone in second.phones.all()] == phones[1:]


def test_change_contact_treats_phones_as_one_field(client_: Client, owner: User) -> None:
    contact, other = make_contact(client_, "+79130000000"), make_contact(client_)
    seen = {"name": contact.name, "phones": ["+79130000000"], "is_primary": True}
    mine: dict[str, Any] = {**seen, "phones": ["+79130000002", "+79130000000"]}
    change_contact(contact_id=contact.pk, original=seen, mine=mine, actor=owner, now=NOW)
    change_contact(contact_id=contact.pk, original=mine, mine=mine, actor=owner, now=NOW)
    assert [phone.number for phone in contact.phones.all()] == mine["phones"]
    with pytest.raises(EditConflictError):
        change_contact(contact_id=contact.pk, original=seen, mine={**seen, "phones": []}, actor=owner, now=NOW)
    change_contact(contact_id=other.pk, original={"is_primary": False}, mine={"is_primary": True}, actor=owner, now=NOW)
    assert Contact.objects.get(is_primary=True) == other
    assert kinds(client_) == [EventKind.CONTACT_CHANGED] * 2


def test_archived_main_contact_hands_over(client_: Client, owner: User) -> None:
    main, heir = make_contact(client_), make_contact(client_)
    for _ in "12":
        archive_contact(contact_id=main.pk, actor=owner, now=NOW)
    assert Contact.objects.get(is_primary=True) == heir
    archive_contact(contact_id=heir.pk, actor=owner, now=NOW)
    assert kinds(client_) == [EventKind.CONTACT_CHANGED] * 2


def test_contract_dates_are_ordered(client_: Client, owner: User) -> None:
    day = date(2026, 1, 2)
    impossible: list[dict[str, Any]] = [{"ends_on": date(2026, 1, 1)}, {"terminated_on": date(2026, 1, 1)}]
    for wrong in impossible:
        data = ContractData(signed_on=day, starts_on=day, amount=Decimal(1), **wrong)
        with pytest.raises(DomainError) as caught:
            sign_contract(client=client_, data=data, actor=owner, now=NOW)
        assert list(caught.value.fields) == list(wrong)
    contract = sign_contract(
        client=client_, data=ContractData(signed_on=day, starts_on=day, amount=Decimal(1)), actor=owner, now=NOW
    )
    mine = {"amount": Decimal(2), "products": []}
    seen = {"amount": "1.00", "products": []}
    for _ in "12":
        change_contract(contract_id=contract.pk, original=seen, mine=mine, actor=owner, now=NOW)
    assert kinds(client_) == [EventKind.CONTRACT_SIGNED, EventKind.CONTRACT_CHANGED]
    with pytest.raises(DomainError):
        change_contract(
            contract_id=contract.pk,
            original={},
            mine={"ends_on": date(2025, 1, 1), "products": []},
            actor=owner,
            now=NOW,
        )


def test_change_of_the_products_alone_is_a_change_of_the_contract(client_: Client, owner: User) -> None:
    contract = make_contract(client_, NOW.date())
    product = Product.objects.create(name="Обучение")
    change_contract(
        contract_id=contract.pk, original={"products": []}, mine={"products": [product]}, actor=owner, now=NOW
    )
    version = contract.version
    contract.refresh_from_db()
    assert (list(contract.products.all()), contract.version) == ([product], version + 1)
    assert client_.timeline.get().data == {"fields": ["products"]}


def order_data(**values: Any) -> OrderData:
    return OrderData(**{"ordered_at": NOW - timedelta(days=3), "amount": Decimal(100), **values})


def test_order_walks_its_states_on_the_timeline(client_: Client, owner: User) -> None:
    order = write_order(client=client_, data=order_data(), actor=owner, now=NOW)
    done = write_order(client=client_, data=order_data(status=OrderStatus.COMPLETED), order=order, actor=owner, now=NOW)
    assert done.completed_at == NOW
    seen = snapshot(order, ["refunded_amount", "refunded_on"])

    def refund(amount: int) -> None:
        mine = {"refunded_amount": Decimal(amount), "refunded_on": NOW.date()}
        refund_order(order_id=order.pk, original=seen, mine=mine, actor=owner, now=NOW)

    refund(40)
    with pytest.raises(ConflictError):
        refund(50)
    with pytest.raises(DomainError):
        refund(101)
    stored = Order.objects.get()
    assert (stored.net, stored.refunded_on) == (Decimal(60), NOW.date())
    assert kinds(client_) == [EventKind.ORDER_CREATED, EventKind.ORDER_COMPLETED, EventKind.ORDER_REFUNDED]


def test_order_that_cannot_be_is_refused(client_: Client, owner: User) -> None:
    foreign = make_contract(make_client(owner), NOW.date())
    for wrong in (
        {"refunded_amount": Decimal(101)},
        {"completed_at": NOW - timedelta(days=4)},
        {"contract": foreign},
    ):
        with pytest.raises(DomainError) as caught:
            write_order(client=client_, data=order_data(**wrong), actor=owner, now=NOW)
        assert list(caught.value.fields) == list(wrong)


def test_change_order_merges(client_: Client, owner: User) -> None:
    order = make_order(client_, None, ordered_at=NOW)
    seen = {**snapshot(order, ["amount", "status"]), "products": []}
    Order.objects.update(amount=7)
    mine = {"amount": order.amount, "status": "cancelled", "products": []}
    for _ in "12":
        change_order(order_id=order.pk, original=seen, mine=mine, actor=owner, now=NOW)
    order.refresh_from_db()
    assert (order.amount, order.status) == (Decimal(7), "cancelled")
    assert kinds(client_) == [EventKind.ORDER_CANCELLED]


def test_colleagues_note_covers_for_the_owner_who_hears_of_it(client_: Client, owner: User) -> None:
    colleague = make_user(Role.AM)
    add_note(client=client_, text="Моя", actor=owner, now=NOW)
    assert not OutboxMessage.objects.exists()
    add_note(client=client_, text="Ответил на вопрос", actor=colleague, now=NOW)
    message = OutboxMessage.objects.get()
    assert (message.to_address, "Ответил на вопрос" in message.text) == (owner.email, True)
    assert current_owner(client_) == owner
    assert TimelineEvent.objects.latest("id").data == {"covering": True}


def test_clients_of_those_who_left_go_to_the_head(client_: Client, owner: User) -> None:
    stays = make_client(make_user(Role.AM))
    User.objects.filter(pk=owner.pk).update(is_active=False, deactivated_at=NOW)
    make_user(Role.ADMIN)
    head = make_user(Role.HEAD)

    assert [take_over_orphans(now=NOW + timedelta(days=999)) for _ in "12"] == [{"taken_over": 1}, {"taken_over": 0}]

    taken = Assignment.objects.get(client=client_, ended_at__isnull=True)
    assert (taken.user, taken.to_distribute, taken.reason) == (head, True, AssignmentReason.NOBODY)
    assert not Assignment.objects.get(client=stays, ended_at__isnull=True).to_distribute
    assert kinds(client_) == [EventKind.OWNER_CHANGED]


def test_more_clients_than_a_batch_are_all_taken_over(
    client_: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clients.services.distribution.BATCH", 2)
    for _ in "12":
        make_client(owner)
    head = make_user(Role.HEAD)
    User.objects.filter(pk=owner.pk).update(is_active=False, deactivated_at=NOW)

    assert take_over_orphans(now=NOW) == {"taken_over": 3}
    assert Assignment.objects.filter(user=head, ended_at__isnull=True, to_distribute=True).count() == 3


def test_clients_are_held_before_their_assignments(client_: Client, owner: User) -> None:
    """In the order of everybody who writes to both."""
    make_user(Role.HEAD)
    User.objects.filter(pk=owner.pk).update(is_active=False, deactivated_at=NOW)
    with CaptureQueriesContext(connection) as told:
        assert take_over_orphans(now=NOW) == {"taken_over": 1}
    held = [one["sql"].partition(" FROM ")[2].split()[0] for one in told if " SKIP LOCKED" in one["sql"]]
    assert held[:2] == ['"clients_client"', '"clients_assignment"']


def test_clients_stay_with_an_imported_manager_who_is_not_invited_yet(owner: User) -> None:
    make_user(Role.HEAD)
    make_client(make_user(Role.AM, is_active=False))

    assert take_over_orphans(now=NOW) == {"taken_over": 0}


def test_clients_stay_when_nobody_active_can_take_them(client_: Client) -> None:
    User.objects.update(is_active=False, deactivated_at=NOW)
    assert take_over_orphans(now=NOW) == {"taken_over": 0}


def test_take_over_never_ends_before_it_began(client_: Client, owner: User) -> None:
    make_user(Role.HEAD)
    User.objects.filter(pk=owner.pk).update(roles=[Role.SALES])
    assert take_over_orphans(now=NOW - timedelta(days=999)) == {"taken_over": 1}


def test_plain_values_compare_across_form_and_row(owner: User) -> None:
    assert plain([True, None, Decimal("1.5"), date(2026, 1, 2), owner, "x", (1,)]) == [
        True, "", "1.50", "2026-01-02", str(owner.pk), "x", ["1"],
    ]  # fmt: skip
    assert plain(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T06:04+03:00"
