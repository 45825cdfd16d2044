from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Contract
from reports.services import rebuild_facts
from retention.models import DiscountLimit, KeepingPolicy, RefusalReason, Renewal, RenewalOffer
from retention.services.attention import watch_attention
from retention.services.leaving import keep_leaving
from retention.services.renewals import OfferData, offer_terms, open_renewals, refresh_signals
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contract, make_user
from tests.forms import shown
from work.models import Touch

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM, name="Олег")


@pytest.fixture
def head() -> User:
    return make_user(Role.HEAD, name="Анна")


@pytest.fixture
def web(client: Browser, owner: User) -> Browser:
    client.force_login(owner)
    return client


def fill(owner: User, number: int = 1, left: int = 40) -> list[Renewal]:
    today = timezone.localdate()
    for place in range(number):
        make_contract(
            make_client(owner), today - timedelta(days=300), ends_on=today + timedelta(days=left), number=f"Д-{place}"
        )
    open_renewals(now=timezone.now())
    refresh_signals(now=timezone.now())
    return list(Renewal.objects.filter(outcome="").order_by("-pk")[:number])


def post(web: Browser, renewal: Renewal, action: str, **data: Any) -> Any:
    return web.post(f"/renewals/{renewal.pk}/{action}/", {"version": renewal.version, **data})


@pytest.mark.parametrize(
    ("path", "queries"),
    [("", 5), ("stages/", 5), ("list/", 5), ("calendar/?month={month}", 5), ("forecast/", 7)],
)
@pytest.mark.parametrize("number", [1, 3])
def test_views_take_the_same_queries_for_one_and_three(
    web: Browser, owner: User, django_assert_num_queries: Any, path: str, queries: int, number: int
) -> None:
    [*_others, renewal] = fill(owner, number)
    rebuild_facts(now=timezone.now())
    path = path.format(month=f"{renewal.due_on:%Y-%m}")
    web.get(f"/renewals/{path}")
    with django_assert_num_queries(queries):
        response = web.get(f"/renewals/{path}")
    assert response.status_code == 200


@pytest.mark.parametrize(("path", "names"), [("list", 3), ("forecast", 6), ("disagreements", 2)])
def test_each_day_and_number_says_on_a_phone_what_it_is(
    client: Browser, owner: User, head: User, path: str, names: int
) -> None:
    fill(owner)
    Renewal.objects.update(disputed_at=timezone.now(), signal="likely", opinion="unlikely")
    rebuild_facts(now=timezone.now())
    client.force_login(head)
    page = client.get(f"/renewals/{path}/").content.decode()
    [row, *_more] = [row for row in page.split("<tr")[2:] if "cell-main" in row]
    assert (
        len(re.findall(r"<td class=num data-label=|<td data-label=[^>]+><time", row))
        == row.count("data-label=")
        == names
    )


@pytest.mark.parametrize("path", ["disagreements/", "offers/", "records/", "settings/"])
def test_head_has_pages_of_his_own(client: Browser, web: Browser, head: User, path: str) -> None:
    assert web.get(f"/renewals/{path}").status_code == 403
    client.force_login(head)
    assert client.get(f"/renewals/{path}").status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_heads_lists_take_the_same_queries(
    client: Browser, owner: User, head: User, django_assert_num_queries: Any, number: int
) -> None:
    for renewal in fill(owner, number):
        data = OfferData(amount=Decimal(1), months=1, discount=Decimal(90))
        offer_terms(renewal=renewal, data=data, actor=owner, now=timezone.now())
        Renewal.objects.filter(pk=renewal.pk).update(disputed_at=timezone.now(), opinion="unlikely")
    client.force_login(head)
    client.get("/renewals/offers/")
    watch_attention(now=timezone.now())
    keep_leaving(now=timezone.now())
    for path, queries in (("offers", 4), ("disagreements", 4), ("records", 5)):
        with django_assert_num_queries(queries):
            client.get(f"/renewals/{path}/")


def test_tabs_tell_the_head_how_much_is_his_to_settle(client: Browser, web: Browser, owner: User, head: User) -> None:
    disputed, *offered = fill(owner, 3)
    Renewal.objects.filter(pk=disputed.pk).update(disputed_at=timezone.now(), opinion="unlikely")
    for renewal in offered:
        data = OfferData(amount=Decimal(1), months=1, discount=Decimal(90))
        offer_terms(renewal=renewal, data=data, actor=owner, now=timezone.now())
    assert len(web.get("/renewals/").context["tabs"]) == 5
    client.force_login(head)
    for path in ("", "stages/", "offers/"):
        page = client.get(f"/renewals/{path}")
        assert [tab["count"] for tab in page.context["tabs"]][5:] == [1, 2, None]
        assert 'Скидки<span class="count">2</span>' in page.content.decode()


def test_salesperson_is_kept_out(client: Browser, owner: User) -> None:
    renewal = fill(owner)[0]
    client.force_login(make_user(Role.SALES))
    for path in ("", "list/", f"{renewal.pk}/"):
        assert client.get(f"/renewals/{path}").status_code == 403
    assert client.post(f"/renewals/{renewal.pk}/stage/", {"stage": "agreed", "seen": "planned"}).status_code == 403


def test_unknown_renewal_is_hidden(web: Browser) -> None:
    assert web.get("/renewals/999999/").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "manager=x&tier=Z&stage=zz&signal=1&opinion=2&month=2026-99&term=5&mark=a&state=b&sort=c&after=zzz",
        "opinion=none&mark=must&sort=-value",
        "mark=disputed&sort=points",
        "mark=sleeping&state=renewed",
        "state=closed&month=2026-11",
        "term=overdue&tier=B",
        "term=later",
    ],
)
def test_any_address_is_answered(web: Browser, owner: User, query: str) -> None:
    fill(owner)
    for path in ("", "stages/", "list/", "calendar/", "forecast/?from=x&"):
        assert web.get(f"/renewals/{path}{'' if '?' in path else '?'}{query}").status_code == 200


def test_filter_narrows_list_board_and_calendar_alike(web: Browser, owner: User) -> None:
    mine = fill(owner)[0]
    fill(make_user(Role.AM))
    query = f"?manager={owner.pk}&opinion=none&tier=B&stage=planned"
    rows = web.get(f"/renewals/list/{query}").context["rows"]
    assert [row.id for row in rows] == [mine.pk]
    columns = web.get(f"/renewals/{query}").context["columns"]
    assert [(column.key, column.count) for column in columns if column.count] == [("60", 1)]
    month = f"{mine.due_on:%Y-%m}"
    weeks = web.get(f"/renewals/calendar/{query}&month={month}").context["weeks"]
    assert [row.id for week in weeks for day in week for row in day.rows] == [mine.pk]


def test_columns_tell_sums_and_stay_short(web: Browser, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.queries.renewals.board.CARDS", 2)
    fill(owner, 3)
    response = web.get("/renewals/")
    column = next(column for column in response.context["columns"] if column.key == "60")
    assert (column.count, column.amount, len(column.rows), column.hidden) == (3, 36000, 2, 1)
    assert "/renewals/list/?term=60" in response.content.decode()


def test_list_pages_by_key(web: Browser, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(owner, 52)
    first = web.get("/renewals/list/?sort=-points")
    second = web.get(f"/renewals/list/{first.context['next_url']}", headers={"HX-Request": "true"})
    assert (len(first.context["rows"]), len(second.context["rows"])) == (50, 2)


def test_board_answers_htmx_with_itself_and_tells_the_second_of_two(web: Browser, owner: User) -> None:
    renewal = fill(owner)[0]
    headers = {"HX-Request": "true"}
    url = f"/renewals/{renewal.pk}/stage/"
    moved = web.post(url, {"stage": "agreed", "seen": "planned", "note": "Согласен"}, headers=headers)
    assert (moved.status_code, Renewal.objects.get().stage) == (200, "agreed")
    assert 'id="board"' in moved.content.decode()
    late = web.post(url, {"stage": "talking", "seen": "planned"}, headers=headers)
    assert late.status_code == 409
    assert Renewal.objects.get().stage == "agreed"
    assert web.post(url, {"stage": "moon", "seen": "agreed"}).status_code == 422
    back = {"stage": "talking", "seen": "agreed", "note": "Передумал"}
    assert web.post(f"{url}?tier=B", back).headers["Location"] == "/renewals/stages/?tier=B"
    onward = {"stage": "agreed", "seen": "talking", "note": "Согласен", "back": "page"}
    assert web.post(url, onward).headers["Location"] == f"/renewals/{renewal.pk}/"


def test_move_asks_for_terms_and_the_way_back_for_a_reason(web: Browser, owner: User) -> None:
    renewal = fill(owner)[0]
    url, page = f"/renewals/{renewal.pk}/stage/", f"/renewals/{renewal.pk}/"
    asked = web.post(url, {"stage": "offered", "seen": "planned"}, headers={"HX-Request": "true"})
    assert (asked.status_code, asked.context["question"].terms_url) == (422, f"{page}#offers")
    assert f'href="{page}#offers"' in asked.content.decode()
    data = OfferData(amount=Decimal(100_000), months=1)
    offer_terms(renewal=renewal, data=data, actor=owner, now=timezone.now())
    reason = web.post(url, {"stage": "planned", "seen": "offered", "note": " ", "back": "page"})
    assert (reason.status_code, reason.context["question"].leave_url) == (422, page)
    assert 'name="note"' in reason.content.decode().split('id="stage-question"')[1]
    assert Renewal.objects.get().stage == "offered"
    web.post(url, {"stage": "planned", "seen": "offered", "note": "Попросил подождать"})
    web.post(url, {"stage": "talking", "seen": "planned"})
    web.post(url, {"stage": "offered", "seen": "talking"})
    assert Renewal.objects.get().stage == "offered"


@pytest.mark.parametrize("number", [1, 3])
def test_page_takes_the_same_queries(web: Browser, owner: User, django_assert_num_queries: Any, number: int) -> None:
    renewal = fill(owner)[0]
    for place in range(number):
        make_contract(renewal.client, timezone.localdate(), renewal.due_on + timedelta(days=40 + place))
        data = OfferData(amount=Decimal(100_000), months=1)
        offer_terms(renewal=renewal, data=data, actor=owner, now=timezone.now())
    web.get(f"/renewals/{renewal.pk}/")
    with django_assert_num_queries(18):
        web.get(f"/renewals/{renewal.pk}/")


def test_opinion_is_kept_and_near_the_end_waiting_is_refused(web: Browser, owner: User) -> None:
    renewal = fill(owner, left=29)[0]
    page = web.get(f"/renewals/{renewal.pk}/")
    assert page.context["screen"].must_decide
    refused = post(web, renewal, "opinion", opinion="unsure", opinion_note="Думает")
    assert refused.status_code == 422
    assert "Думает" in refused.content.decode()
    assert post(web, renewal, "opinion", opinion="likely", opinion_note="Да").status_code == 302
    assert not web.get(f"/renewals/{renewal.pk}/").context["screen"].must_decide


def test_second_opinion_sees_the_first_and_keeps_its_text(web: Browser, owner: User) -> None:
    renewal = fill(owner)[0]
    post(web, renewal, "opinion", opinion="likely", opinion_note="Первое")
    late = post(web, renewal, "opinion", opinion="unlikely", opinion_note="Второе")
    text = late.content.decode()
    assert late.status_code == 409
    assert "Первое" in text
    assert "Второе" in text
    again = post(
        web, renewal, "opinion", opinion="unlikely", opinion_note="Второе", seen_opinion="likely", seen_note="Первое"
    )
    assert again.status_code == 302
    assert Renewal.objects.get().opinion == "unlikely"


def test_manager_offers_and_the_head_decides(client: Browser, web: Browser, owner: User, head: User) -> None:
    DiscountLimit.objects.filter(role="am").update(percent=5)
    renewal = fill(owner)[0]
    assert re.search(r"даёте до 5\s%;", web.get(f"/renewals/{renewal.pk}/").content.decode())
    wrong = post(web, renewal, "offer", amount="сто", months=0, discount=200)
    assert wrong.status_code == 422
    assert set(wrong.context["offer_form"].errors) == {"amount", "months", "discount"}
    assert post(web, renewal, "offer", amount="12 000", months=12, discount="20").status_code == 302
    offer = RenewalOffer.objects.get()
    assert web.post(f"/renewals/offers/{offer.pk}/decide/", {"decision": "approve"}).status_code == 403
    client.force_login(head)
    url = f"/renewals/offers/{offer.pk}/decide/"
    assert client.post(url, {"decision": "decline", "note": ""}).status_code == 422
    assert client.post(url, {"decision": "maybe"}).status_code == 422
    assert client.post(url, {"decision": "approve"}).status_code == 302
    assert client.post(url, {"decision": "decline", "note": "Нет"}).status_code == 409
    assert RenewalOffer.objects.get().state == "approved"


@pytest.mark.parametrize(
    ("amount", "said"),
    [("60000", "−50,0\xa0% к нынешнему договору"), ("120000", ""), ("150000", "+25,0\xa0% к нынешнему договору")],
)
def test_the_head_sees_what_an_offer_does_to_a_month(
    client: Browser, owner: User, head: User, amount: str, said: str
) -> None:
    today = timezone.localdate()
    after = today.replace(day=1) + timedelta(days=32)
    last = after.replace(day=1) - timedelta(days=1)
    start = after.replace(day=1, year=after.year - 1)
    make_contract(make_client(owner), start, ends_on=last, amount=120_000)
    open_renewals(now=timezone.now())
    renewal = Renewal.objects.get()
    data = OfferData(amount=Decimal(amount), months=12, discount=Decimal("7.5"))
    offer_terms(renewal=renewal, data=data, actor=make_user(Role.TECHNICAL), now=timezone.now())
    client.force_login(head)
    for path in (f"{renewal.pk}/", "offers/"):
        page = client.get(f"/renewals/{path}").content.decode()
        assert "7,5 %" in page or "7,5\xa0%" in page
        assert said in page
        assert ("нынешнему договору" in page) == bool(said)


def test_offer_sent_twice_is_one(web: Browser, owner: User) -> None:
    renewal = fill(owner)[0]
    data = {"amount": "1", "months": 1, "discount": 0, "once": "k" * 24}
    for _time in range(2):
        assert post(web, renewal, "offer", **data).status_code == 302
    assert RenewalOffer.objects.count() == 1


def next_contract(renewal: Renewal) -> dict[str, Any]:
    start = renewal.due_on + timedelta(days=1)
    today = timezone.localdate()
    return {
        "number": "Д-9",
        "signed_on": today,
        "starts_on": start,
        "ends_on": start + timedelta(days=364),
        "contract_amount": "24 000,00",
    }


def test_outcome_is_needed_to_close_and_the_next_contract_is_one(client: Browser, web: Browser, owner: User) -> None:
    renewal = fill(owner)[0]
    assert post(web, renewal, "renew").status_code == 422
    assert post(web, renewal, "link").status_code == 422
    foreign = make_contract(make_client(owner), timezone.localdate(), renewal.due_on + timedelta(days=1))
    assert post(web, renewal, "link", contract=foreign.pk).status_code == 422
    data = next_contract(renewal)
    wrong = post(web, renewal, "renew", **{**data, "starts_on": timezone.localdate() - timedelta(days=300)})
    assert wrong.status_code == 422
    assert "24 000,00" in wrong.content.decode()
    assert post(web, renewal, "renew", **data).status_code == 302
    assert Renewal.objects.get(pk=renewal.pk).outcome == "renewed"
    assert post(web, renewal, "renew", **data).status_code == 409
    assert Contract.objects.filter(number="Д-9").count() == 1
    page = web.get(f"/renewals/{renewal.pk}/")
    assert (page.context["screen"].timing, page.context["screen"].movement) == ("on_time", "up")


def test_contract_that_is_here_already_is_linked(web: Browser, owner: User) -> None:
    renewal = fill(owner)[0]
    following = make_contract(renewal.client, timezone.localdate(), renewal.due_on + timedelta(days=10))
    assert web.get(f"/renewals/{renewal.pk}/").context["link_form"] is not None
    assert post(web, renewal, "link", contract=following.pk).status_code == 302
    assert Renewal.objects.get(pk=renewal.pk).next_contract == following


def test_refused_asks_for_a_reason_and_the_head_opens_it_again(
    client: Browser, web: Browser, owner: User, head: User
) -> None:
    renewal = fill(owner)[0]
    today = timezone.localdate()
    assert post(web, renewal, "refuse", refused_on=today).status_code == 422
    reason = RefusalReason.objects.filter(archived_at=None)[0]
    stale = web.post(
        f"/renewals/{renewal.pk}/refuse/",
        {"version": renewal.version + 5, "refused_on": today, "stated_reason": reason.pk, "tried": "Скидка"},
    )
    assert stale.status_code == 409
    assert "Скидка" in stale.content.decode()
    assert post(web, renewal, "refuse", refused_on=today, stated_reason=reason.pk).status_code == 302
    renewal.refresh_from_db()
    assert renewal.outcome == "refused"
    assert f"/refusals/{renewal.refusal_id}/" in web.get(f"/renewals/{renewal.pk}/").content.decode()
    assert post(web, renewal, "reopen", note="x").status_code == 403
    client.force_login(head)
    assert client.get(f"/renewals/{renewal.pk}/").context["leads"]
    assert post(client, renewal, "reopen", note="").status_code == 422
    assert post(client, renewal, "reopen", note="Передумал").status_code == 302
    renewal.refresh_from_db()
    assert renewal.outcome == ""


def test_postponed_and_settled_from_the_page(client: Browser, web: Browser, owner: User, head: User) -> None:
    renewal = fill(owner)[0]
    until = timezone.localdate() + timedelta(days=9)
    assert post(web, renewal, "postpone", until=timezone.localdate(), note="x").status_code == 422
    assert post(web, renewal, "postpone", until=until, note="Бюджет").status_code == 302
    assert "— Бюджет" in web.get(f"/renewals/{renewal.pk}/").content.decode()
    Renewal.objects.update(disputed_at=timezone.now(), signal="likely", opinion="unlikely")
    renewal.refresh_from_db()
    assert post(web, renewal, "verdict", verdict="likely").status_code == 403
    for browser_of, text in ((owner, "Руководитель извещён"), (head, "verdict")):
        client.force_login(browser_of)
        assert text in client.get(f"/renewals/{renewal.pk}/").content.decode()
    assert post(client, renewal, "verdict", verdict="likely").status_code == 302
    assert web.get("/renewals/").status_code == 200
    assert Renewal.objects.get().verdict == "likely"


def test_head_changes_the_terms(client: Browser, head: User) -> None:
    client.force_login(head)
    policy = KeepingPolicy.objects.get(tier="A")
    url = "/renewals/settings/"
    page = client.get(url)
    values = {
        "what": "tier-A", **shown(page, page.context["policies"][0][2]), "tier-A-open_days": 150,
        "tier-A-touch_days": "100, 50", "tier-A-decide_days": 20, "tier-A-contact_days": 14,
    }  # fmt: skip
    for field, wrong in (
        ("open_days", 900),
        ("touch_days", "x"),
        ("touch_days", "160"),
        ("decide_days", 151),
    ):
        assert client.post(url, {**values, f"tier-A-{field}": wrong}).status_code == 422
    assert client.post(url, values).status_code == 302
    policy.refresh_from_db()
    assert (policy.open_days, policy.touch_days) == (150, [100, 50])
    asked = client.post(url, {**values, "tier-A-open_days": 140})
    assert (asked.status_code, [row["theirs"] for row in asked.context["clashes"]]) == (409, ["150"])
    [form] = [form for _label, what, form in page.context["limits"] if what == "role-am"]
    share = {"what": "role-am", **shown(page, form), "role-am-percent": "7.5"}
    assert client.post(url, {**share, "role-am-percent": "101"}).status_code == 422
    assert client.post(url, share).status_code == 302
    assert DiscountLimit.objects.get(role="am").percent == Decimal("7.5")
    for nonsense in ("", "role-moon", "tier-Z", "x"):
        assert client.post(url, {"what": nonsense}).status_code == 422


def test_client_card_and_the_call_show_the_renewal(web: Browser, owner: User) -> None:
    renewal = fill(owner)[0]
    assert f"/renewals/{renewal.pk}/" in web.get(f"/clients/{renewal.client_id}/").content.decode()
    touch = Touch.objects.filter(client=renewal.client_id)[0]
    screen = web.get(f"/calls/{touch.pk}/")
    assert f"/renewals/{renewal.pk}/" in screen.content.decode()
    assert screen.context["screen"].version.script.code.startswith("renewal-")
    answer = {"version": touch.version, "outcome": "reached", "note": "Продлит", "no_next": "on"}
    assert web.post(f"/calls/{touch.pk}/", answer).headers["Location"] == f"/renewals/{renewal.pk}/"


@pytest.mark.parametrize("path", ["/renewals/", "/renewals/stages/"])
def test_board_with_nothing_on_it_says_where_renewals_come_from(client: Browser, head: User, path: str) -> None:
    client.force_login(head)
    shown = client.get(path).content.decode()
    assert "Продление открывается само" in shown
    assert "data-column" not in shown
    assert "Сбросить фильтры" not in shown
    assert f'href="{path}"' in client.get(path, {"tier": "A"}).content.decode()
