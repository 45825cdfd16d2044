from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from clients.enums import AssignmentReason, AssignmentState, EventKind, HandoffStatus, ReturnReason
from clients.models import Assignment, Client, Contract, Handoff, SalesRequest
from clients.queries import current_owner
from clients.queries import handoffs as queries
from clients.services.handoffs import (
    accept_handoff,
    ask_sales_back,
    build_handoff,
    discard_draft,
    dismiss_request,
    mark_overdue_handoffs,
    redirect_handoff,
    resend_handoff,
    return_handoff,
    save_draft,
)
from core.errors import ConflictError, DomainError, ForbiddenError, IdempotencyConflictError
from core.models import Company
from gateways.models import OutboxMessage
from staff.enums import Role
from staff.models import Absence, User
from tests.factories import make_client, make_user
from tests.handoff_factories import make_body, offer

pytestmark = pytest.mark.django_db
#: A Friday, noon in Moscow: the four working hours end on the same day at 16:00.
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
OVERDUE = NOW + timedelta(hours=5)


@pytest.fixture
def sales() -> User:
    return make_user(Role.SALES)


@pytest.fixture
def manager() -> User:
    return make_user(Role.AM)


@pytest.fixture
def head() -> User:
    return make_user(Role.HEAD)


def assignment_of(handoff: Handoff) -> Assignment:
    return Assignment.objects.get(client=handoff.client, ended_at=None)


def kinds(handoff: Handoff) -> list[str]:
    assert handoff.client is not None
    return list(handoff.client.timeline.order_by("id").values_list("kind", flat=True))


def letters_to(user: User) -> list[str]:
    return list(OutboxMessage.objects.filter(to_address=user.email).order_by("id").values_list("key", flat=True))


def resent(handoff: Handoff, body: dict[str, object], by: User, now: datetime = LATER) -> Handoff:
    from api.serializers import HandoffIn

    checked = HandoffIn(data=body)
    checked.is_valid(raise_exception=True)
    return resend_handoff(handoff=handoff, data=build_handoff(checked.validated_data), actor=by, now=now, payload=body)


def test_offer_makes_the_manager_owner_at_once(sales: User, manager: User) -> None:
    handoff = offer(make_body(), by=sales, now=NOW)
    assert handoff.client is not None
    assignment = assignment_of(handoff)
    assert (handoff.status, handoff.proposed_owner, handoff.salesperson) == ("offered", manager, sales)
    assert handoff.accept_by == NOW + timedelta(hours=4)
    assert (assignment.user, assignment.state, assignment.reason) == (manager, "offered", "handoff")
    assert kinds(handoff) == ["client_created", "contract_signed", "handoff_offered"]
    assert letters_to(manager) == [f"handoff:{handoff.pk}:offered:1"]


def test_offer_writes_what_was_given(sales: User, manager: User) -> None:
    client = offer(make_body(), by=sales, now=NOW).client
    assert client is not None
    contact = client.contacts.get()
    assert (client.tier, str(client.industry), str(client.region), client.timezone) == (
        "A",
        "Реклама",
        "Новосибирск",
        "Asia/Novosibirsk",
    )
    assert (contact.greeting, contact.address_form, contact.is_primary) == ("Привет, Макс!", "ty", True)
    assert list(contact.phones.values_list("number", flat=True)) == ["+79130000000"]
    assert client.contracts.get().ends_on == date(2027, 11, 30)


def test_offer_goes_to_the_least_loaded_by_weight(sales: User) -> None:
    heavy, light = make_user(Role.AM), make_user(Role.AM)
    make_client(heavy, tier="A")
    make_client(light, tier="C")
    make_client(light, tier="C")
    assert offer(make_body(), by=sales, now=NOW).proposed_owner == light


def test_offer_skips_the_absent_and_the_deactivated(sales: User) -> None:
    absent, gone, present = make_user(Role.AM), make_user(Role.AM, is_active=False), make_user(Role.AM)
    Absence.objects.create(user=absent, starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 20))
    make_client(present)
    assert gone.pk < present.pk
    assert offer(make_body(), by=sales, now=NOW).proposed_owner == present


def test_offer_prefers_the_owner_of_the_parent_and_of_a_sister(sales: User, manager: User) -> None:
    busy = make_user(Role.AM)
    parent = make_client(busy, external_id="p-1", tier="A")
    first = offer(make_body(client__parent_external_id="p-1"), by=sales, now=NOW)
    assert (first.proposed_owner, first.client and first.client.parent) == (busy, parent)
    Assignment.objects.filter(client=parent).update(user=make_user(Role.HEAD))
    assert offer(make_body(client__parent_external_id="p-1"), by=sales, now=NOW).proposed_owner == busy


def test_offer_without_anybody_eligible_waits_at_the_head_to_be_distributed(sales: User, head: User) -> None:
    handoff = offer(make_body(), by=sales, now=NOW)
    assignment = assignment_of(handoff)
    assert (handoff.proposed_owner, assignment.user, assignment.reason) == (head, head, AssignmentReason.NOBODY)
    assert assignment.to_distribute


def test_offer_without_a_head_waits_at_the_oldest_admin(sales: User) -> None:
    admin = make_user(Role.ADMIN)
    make_user(Role.ADMIN)
    assert offer(make_body(), by=sales, now=NOW).proposed_owner == admin


def test_offer_again_answers_with_the_first_one(sales: User, manager: User) -> None:
    body = make_body()
    first = offer(body, by=sales, now=NOW)
    assert offer(body, by=sales, now=LATER) == first
    assert (Client.objects.count(), Handoff.objects.count(), Assignment.objects.count()) == (1, 1, 1)


def test_offer_again_with_another_body_is_a_conflict(sales: User, manager: User) -> None:
    body = make_body()
    offer(body, by=sales, now=NOW)
    with pytest.raises(IdempotencyConflictError):
        offer({**body, "goal": "Другая цель"}, by=sales, now=NOW)


def test_offer_of_a_known_client_stays_with_its_owner_and_changes_nothing_of_it(sales: User, manager: User) -> None:
    owner = make_user(Role.AM)
    known = make_client(owner, external_id="c-known", name="Старое имя", tier="A")
    body = make_body(client__external_id="c-known", client__name="Новое имя", client__inn="7707083893")
    handoff = offer(body, by=sales, now=NOW)
    known.refresh_from_db()
    assert (handoff.client, handoff.proposed_owner) == (known, owner)
    assert (known.name, known.inn, known.assignments.count()) == ("Старое имя", "7707083893", 1)
    assert [contact.name for contact in known.contacts.all()] == ["Максим Орлов"]
    offer(make_body(client__external_id="c-known"), by=sales, now=NOW)
    assert known.contacts.count() == 1


def test_offer_of_an_archived_client_brings_it_back(sales: User, manager: User) -> None:
    known = make_client(manager, external_id="c-old", archived_at=NOW)
    handoff = offer(make_body(client__external_id="c-old"), by=sales, now=NOW)
    known.refresh_from_db()
    assert known.archived_at is None
    assert EventKind.CLIENT_RESTORED in kinds(handoff)


def test_offer_flags_the_same_inn_elsewhere(sales: User, manager: User) -> None:
    first = offer(make_body(client__inn="7707083893"), by=sales, now=NOW).client
    second = offer(make_body(client__inn="7707083893"), by=sales, now=NOW).client
    assert second is not None
    assert second.possible_duplicate_of == first


def test_offer_of_a_known_contract_is_refused(sales: User, manager: User) -> None:
    offer(make_body(contract__external_id="k-same"), by=sales, now=NOW)
    with pytest.raises(DomainError) as refused:
        offer(make_body(contract__external_id="k-same"), by=sales, now=NOW)
    assert list(refused.value.fields) == ["contract.external_id"]
    assert Client.objects.count() == 1


def test_accept_gives_the_client_and_tells_sales_and_client(sales: User, manager: User) -> None:
    handoff = accept_handoff(handoff=offer(make_body(), by=sales, now=NOW), actor=manager, now=LATER)
    assert (handoff.status, handoff.accepted_by, handoff.accepted_at) == ("accepted", manager, LATER)
    assert (assignment_of(handoff).user, assignment_of(handoff).state) == (manager, AssignmentState.ACTIVE)
    assert handoff.draft == {}
    assert letters_to(sales) == [f"handoff:{handoff.pk}:accepted:2"]
    welcome = OutboxMessage.objects.get(to_address="max@example.ru")
    assert welcome.key == f"welcome:handoff:{handoff.pk}"
    assert "Привет, Макс!" in welcome.text


def test_accept_twice_changes_nothing(sales: User, manager: User) -> None:
    handoff = offer(make_body(), by=sales, now=NOW)
    accept_handoff(handoff=handoff, actor=manager, now=LATER)
    assert accept_handoff(handoff=handoff, actor=manager, now=OVERDUE).accepted_at == LATER
    assert kinds(handoff).count("handoff_accepted") == 1


def test_accept_of_a_second_contract_does_not_welcome_again(sales: User, manager: User) -> None:
    for _number in range(2):
        body = make_body(client__external_id="c-same")
        accept_handoff(handoff=offer(body, by=sales, now=NOW), actor=manager, now=LATER)
    assert OutboxMessage.objects.filter(key__startswith="welcome:").count() == 1


def test_accept_without_an_address_writes_no_welcome(sales: User, manager: User) -> None:
    handoff = offer(make_body(contacts=[{"name": "Анна", "phones": ["+79130000001"]}]), by=sales, now=NOW)
    accept_handoff(handoff=handoff, actor=manager, now=LATER)
    assert not OutboxMessage.objects.filter(key__startswith="welcome:").exists()


def test_accept_by_a_colleague_or_by_sales_is_forbidden(sales: User, manager: User, head: User) -> None:
    handoff = offer(make_body(), by=sales, now=NOW)
    for stranger in (make_user(Role.AM), sales, head):
        with pytest.raises(ForbiddenError):
            accept_handoff(handoff=handoff, actor=stranger, now=LATER)


def test_return_leaves_the_client_with_the_head_and_tells_sales(sales: User, manager: User, head: User) -> None:
    handoff = offer(make_body(), by=sales, now=NOW)
    handoff = return_handoff(handoff=handoff, reason="incomplete", comment="Нет цели", actor=manager, now=LATER)
    assert (handoff.status, handoff.return_reason, handoff.return_comment) == ("returned", "incomplete", "Нет цели")
    assert (assignment_of(handoff).user, assignment_of(handoff).reason) == (head, "returned")
    assert letters_to(sales) == [f"handoff:{handoff.pk}:returned:2"]
    with pytest.raises(ConflictError):
        accept_handoff(handoff=handoff, actor=manager, now=LATER)


def test_return_of_a_further_contract_leaves_the_owner(sales: User, manager: User, head: User) -> None:
    make_client(manager, external_id="c-known")
    handoff = offer(make_body(client__external_id="c-known"), by=sales, now=NOW)
    return_handoff(handoff=handoff, reason="other", comment="", actor=manager, now=LATER)
    assert assignment_of(handoff).user == manager


def test_resend_goes_to_who_returned_it_and_carries_the_corrections(sales: User, manager: User, head: User) -> None:
    body = make_body()
    handoff = offer(body, by=sales, now=NOW)
    make_user(Role.AM)
    make_client(manager)
    return_handoff(handoff=handoff, reason=ReturnReason.INCOMPLETE, comment="", actor=manager, now=LATER)
    body["client"]["name"] = "ООО «Север плюс»"
    body["contacts"] = [{"name": "Максим", "email": "new@example.ru"}, {"name": "Анна", "phones": ["+79130000002"]}]
    body["contract"]["amount"] = "99.00"
    handoff = resent(handoff, body, sales)
    client, contract = handoff.client, handoff.contract
    assert client is not None
    assert contract is not None
    client.refresh_from_db()
    contract.refresh_from_db()
    assert (handoff.status, handoff.proposed_owner, assignment_of(handoff).user) == ("offered", manager, manager)
    assert (client.name, str(contract.amount)) == ("ООО «Север плюс»", "99.00")
    assert [(one.name, one.email, one.is_primary) for one in client.contacts.order_by("id")] == [
        ("Максим", "new@example.ru", True),
        ("Анна", "", False),
    ]
    assert len(letters_to(manager)) == 2
    accept_handoff(handoff=handoff, actor=manager, now=LATER)


def test_resend_with_fewer_contacts_archives_the_rest(sales: User, manager: User, head: User) -> None:
    body = make_body(contacts=[{"name": "Анна", "email": "a@example.ru"}, {"name": "Борис"}])
    handoff = offer(body, by=sales, now=NOW)
    return_handoff(handoff=handoff, reason="incomplete", comment="", actor=manager, now=LATER)
    handoff = resent(handoff, {**body, "contacts": [{"name": "Анна", "email": "a@example.ru"}]}, sales)
    assert handoff.client is not None
    assert [one.name for one in handoff.client.contacts.filter(archived_at=None)] == ["Анна"]


def test_resend_of_what_was_not_ours_goes_to_another(sales: User, manager: User, head: User) -> None:
    body = make_body()
    handoff = offer(body, by=sales, now=NOW)
    other = make_user(Role.AM)
    make_client(other)
    return_handoff(handoff=handoff, reason=ReturnReason.NOT_OURS, comment="", actor=manager, now=LATER)
    assert resent(handoff, body, sales).proposed_owner == other


def test_resend_of_a_further_contract_changes_nothing_of_the_client(sales: User, manager: User, head: User) -> None:
    known = make_client(manager, external_id="c-known", name="Имя")
    body = make_body(client__external_id="c-known")
    handoff = offer(body, by=sales, now=NOW)
    return_handoff(handoff=handoff, reason="incomplete", comment="", actor=manager, now=LATER)
    resent(handoff, body, sales)
    known.refresh_from_db()
    assert known.name == "Имя"


def test_resend_of_what_was_not_returned_is_a_conflict(sales: User, manager: User) -> None:
    body = make_body()
    with pytest.raises(ConflictError):
        resent(offer(body, by=sales, now=NOW), body, sales)


def test_overdue_goes_to_the_head_once_and_the_manager_may_still_take_it(
    sales: User, manager: User, head: User
) -> None:
    handoff = offer(make_body(), by=sales, now=NOW)
    assert mark_overdue_handoffs(now=LATER) == {"overdue": 0}
    assert mark_overdue_handoffs(now=OVERDUE) == {"overdue": 1}
    assert mark_overdue_handoffs(now=OVERDUE) == {"overdue": 0}
    assert (assignment_of(handoff).user, assignment_of(handoff).reason) == (head, AssignmentReason.OVERDUE)
    assert letters_to(head) == [f"handoff:{handoff.pk}:overdue:2"]
    accept_handoff(handoff=handoff, actor=manager, now=OVERDUE)
    assert (assignment_of(handoff).user, assignment_of(handoff).state) == (manager, AssignmentState.ACTIVE)


def test_overdue_reaches_a_head_without_an_address_on_the_page_alone(sales: User, manager: User) -> None:
    head = make_user(Role.HEAD, email="")
    handoff = offer(make_body(), by=sales, now=NOW)
    assert mark_overdue_handoffs(now=OVERDUE) == {"overdue": 1}
    assert assignment_of(handoff).user == head
    assert OutboxMessage.objects.filter(key__contains=":overdue:").count() == 0


def test_overdue_further_contract_leaves_the_owner_and_tells_the_head(sales: User, manager: User, head: User) -> None:
    make_client(manager, external_id="c-known")
    handoff = offer(make_body(client__external_id="c-known"), by=sales, now=NOW)
    mark_overdue_handoffs(now=OVERDUE)
    assert assignment_of(handoff).user == manager
    assert len(letters_to(head)) == 1


def test_overdue_may_be_taken_by_the_head(sales: User, manager: User, head: User) -> None:
    handoff = offer(make_body(), by=sales, now=NOW)
    mark_overdue_handoffs(now=OVERDUE)
    accept_handoff(handoff=handoff, actor=head, now=OVERDUE)
    assert (assignment_of(handoff).user, assignment_of(handoff).state) == (head, AssignmentState.ACTIVE)


def test_redirect_asks_somebody_else_and_starts_the_clock_anew(sales: User, manager: User, head: User) -> None:
    handoff = offer(make_body(), by=sales, now=NOW)
    other = make_user(Role.AM)
    mark_overdue_handoffs(now=OVERDUE)
    handoff = redirect_handoff(handoff=handoff, user=other, actor=head, now=OVERDUE)
    assert (handoff.proposed_owner, handoff.overdue_at, assignment_of(handoff).user) == (other, None, other)
    assert handoff.accept_by is not None
    assert handoff.accept_by > OVERDUE
    assert len(letters_to(other)) == 1


def test_redirect_refuses_wrong_people_and_states(sales: User, manager: User, head: User) -> None:
    handoff = offer(make_body(), by=sales, now=NOW)
    with pytest.raises(ForbiddenError):
        redirect_handoff(handoff=handoff, user=manager, actor=manager, now=LATER)
    with pytest.raises(DomainError):
        redirect_handoff(handoff=handoff, user=sales, actor=head, now=LATER)
    accept_handoff(handoff=handoff, actor=manager, now=LATER)
    with pytest.raises(ConflictError):
        redirect_handoff(handoff=handoff, user=manager, actor=head, now=LATER)


def test_draft_keeps_whatever_was_typed_and_becomes_the_hand_off(sales: User, manager: User) -> None:
    draft = save_draft(key="form-1", payload={"client": {"name": ""}}, actor=sales, now=NOW)
    assert save_draft(key="form-1", payload={"client": {"name": "О"}}, actor=sales, now=NOW) == draft
    handoff = offer(make_body(source="form", external_id="form-1"), by=sales, now=NOW)
    assert (handoff.pk, handoff.status, handoff.version) == (draft.pk, HandoffStatus.OFFERED, 3)
    with pytest.raises(ConflictError):
        save_draft(key="form-1", payload={}, actor=sales, now=NOW)


def test_draft_of_somebody_else_is_neither_kept_nor_sent(sales: User, manager: User) -> None:
    save_draft(key="form-1", payload={}, actor=sales, now=NOW)
    other = make_user(Role.SALES)
    with pytest.raises(ConflictError):
        save_draft(key="form-1", payload={}, actor=other, now=NOW)
    with pytest.raises(IdempotencyConflictError):
        offer(make_body(source="form", external_id="form-1"), by=other, now=NOW)


def test_draft_has_no_answer(sales: User, manager: User) -> None:
    draft = save_draft(key="form-1", payload={}, actor=sales, now=NOW)
    with pytest.raises(ConflictError):
        accept_handoff(handoff=draft, actor=manager, now=NOW)


def test_draft_can_be_thrown_away_and_nothing_else(sales: User, manager: User) -> None:
    discard_draft(handoff=save_draft(key="form-1", payload={}, actor=sales, now=NOW), actor=sales)
    assert not Handoff.objects.exists()
    with pytest.raises(ConflictError):
        discard_draft(handoff=offer(make_body(), by=sales, now=NOW), actor=sales)


def test_sales_asked_back_find_it_once_and_answer_by_a_new_hand_off(sales: User, manager: User) -> None:
    handoff = offer(make_body(client__external_id="c-same"), by=sales, now=NOW)
    assert handoff.client is not None
    asked = ask_sales_back(client=handoff.client, salesperson=sales, text="Новый сайт", actor=manager, now=LATER)
    again = ask_sales_back(client=handoff.client, salesperson=sales, text="Ещё раз", actor=manager, now=LATER)
    assert (again, letters_to(sales)) == (asked, [f"sales-request:{asked.pk}"])
    answer = offer(make_body(client__external_id="c-same"), by=sales, now=LATER)
    asked.refresh_from_db()
    assert (asked.handoff, asked.closed_at) == (answer, LATER)


def test_sales_request_is_dismissed_with_a_reason_once(sales: User, manager: User) -> None:
    client = make_client(manager)
    asked = ask_sales_back(client=client, salesperson=sales, text="Новый сайт", actor=manager, now=NOW)
    dismiss_request(request=asked, because="Передумали", actor=sales, now=LATER)
    assert SalesRequest.objects.get().dismissed_because == "Передумали"
    with pytest.raises(ConflictError):
        dismiss_request(request=asked, because="Ещё раз", actor=sales, now=LATER)


def test_sales_request_needs_somebody_who_sells(manager: User) -> None:
    with pytest.raises(DomainError):
        ask_sales_back(client=make_client(manager), salesperson=manager, text="?", actor=manager, now=NOW)


def test_current_owner_is_the_manager_who_was_asked(sales: User, manager: User) -> None:
    handoff = offer(make_body(), by=sales, now=NOW)
    assert handoff.client is not None
    assert current_owner(handoff.client) == manager
    assert Contract.objects.get() == handoff.contract


def test_loads_of_many_clients_are_kept_and_carried_on(
    sales: User, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(queries, "MANY_CLIENTS", 0)
    monkeypatch.setattr(queries, "_kept", queries._Kept())
    first, second = make_user(Role.AM), make_user(Role.AM)
    make_client(first, tier="C")
    make_client(second, tier="B")
    chosen = [offer(make_body(client__tier="C"), by=sales, now=NOW).proposed_owner for _number in range(3)]
    assert chosen == [first, first, second]
    with django_assert_num_queries(0):
        queries.manager_loads(Company())


def test_people_without_an_address_get_no_letter(head: User) -> None:
    sales, manager = make_user(Role.SALES, email=""), make_user(Role.AM, email="")
    handoff = offer(make_body(contacts=[{"name": "Анна", "phones": ["+79130000001"]}]), by=sales, now=NOW)
    assert handoff.client is not None
    ask_sales_back(client=handoff.client, salesperson=sales, text="Новый сайт", actor=manager, now=NOW)
    accept_handoff(handoff=handoff, actor=manager, now=LATER)
    assert not OutboxMessage.objects.exists()


def test_redirect_of_a_further_contract_leaves_the_owner(sales: User, manager: User, head: User) -> None:
    make_client(manager, external_id="c-known")
    handoff = offer(make_body(client__external_id="c-known"), by=sales, now=NOW)
    other = make_user(Role.AM)
    handoff = redirect_handoff(handoff=handoff, user=other, actor=head, now=LATER)
    assert (handoff.proposed_owner, assignment_of(handoff).user) == (other, manager)


def test_known_person_is_recognised_by_phone_without_an_address(sales: User, manager: User) -> None:
    contacts = [{"name": "Анна", "phones": ["+79130000001"]}]
    first = offer(make_body(client__external_id="c-same", contacts=contacts), by=sales, now=NOW)
    contacts = [{"name": "Анна Ивановна", "phones": ["+79130000001"]}]
    offer(make_body(client__external_id="c-same", contacts=contacts), by=sales, now=NOW)
    assert first.client is not None
    assert first.client.contacts.count() == 1
