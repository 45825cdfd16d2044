from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, InternalError, transaction
from django.db.models import F
from django.test import Client as Visitor

from clients.enums import AssignmentReason
from clients.models import Assignment, Client, Contract
from core.errors import ConflictError, DomainError
from feedback.models import SurveyResponse
from reports.bonus import queries
from reports.bonus.rules import (
    Earned,
    Line,
    Step,
    WrongStepsError,
    digest_of,
    reached,
    read_steps,
    sum_of,
    write_steps,
)
from reports.bonus.services import introduce_rules, sign_statement, work_out_month
from reports.enums import BonusPays
from reports.models import BonusRules, BonusStatement
from staff.enums import Role
from staff.models import User
from tests.factories import make_user
from tests.reports.worked_example import MOSCOW, build

NOW = datetime(2026, 4, 15, 12, tzinfo=MOSCOW)
DECEMBER, JANUARY = date(2025, 12, 1), date(2026, 1, 1)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def line(figure: str = "renewal_rate", *steps: tuple[str, str], **values: Any) -> Line:
    chosen = tuple(Step(Decimal(threshold), Decimal(pays)) for threshold, pays in steps or (("0.5", "3000"),))
    return Line(
        figure, values.pop("tier", ""), values.pop("pays", BonusPays.MONEY), values.pop("weight", Decimal(1)), chosen
    )


STEPS = (("0.5", "3000"), ("0.6", "5000"), ("0.9", "9000"))


@pytest.mark.parametrize(
    ("value", "better", "threshold"),
    [
        ("0.6", True, "0.6"),
        ("0.599", True, "0.5"),
        ("0.4", True, None),
        (None, True, None),
        ("0.6", False, "0.6"),
        ("0.61", False, "0.9"),
        ("0.95", False, None),
    ],
)
def test_step_that_a_value_reaches(value: str | None, *, better: bool, threshold: str | None) -> None:
    step = reached(line("x", *STEPS), None if value is None else Decimal(value), higher_is_better=better)
    assert (step and step.threshold) == (threshold and Decimal(threshold))


def test_sum_is_money_or_a_part_of_the_base_times_the_weight() -> None:
    step = Step(Decimal("0.5"), Decimal("12.5"))
    percent = line(pays=BonusPays.PERCENT, weight=Decimal("0.5"))
    assert sum_of(percent, step, base=Decimal(10001)) == Decimal("625.06")
    assert sum_of(line(weight=Decimal(2)), step, base=Decimal(0)) == Decimal("25.00")
    assert sum_of(percent, None, base=Decimal(1)) == 0


def test_steps_are_read_as_written() -> None:
    read = read_steps("90 % = 6 000\n\n85,5=3000,50", is_share=True)
    assert read == (Step(Decimal("0.855"), Decimal("3000.50")), Step(Decimal("0.9"), Decimal(6000)))
    assert write_steps(read, is_share=True) == "85.5 = 3000.5\n90 = 6000"
    assert read_steps("9 = 100", is_share=False) == (Step(Decimal(9), Decimal(100)),)
    many = "\n".join(f"{number} = 1" for number in range(11))
    for wrong in ("", "90", "x = 1", "1 = -5", "1 = 2\n1 = 3", "NaN = 1", "1 = 1e400", many):
        with pytest.raises(WrongStepsError):
            read_steps(wrong, is_share=False)


def test_what_is_kept_reads_back_and_has_one_digest() -> None:
    earned = Earned(line("csat10", ("9", "100"), tier="A"), None, Decimal(0), None, 2, None, Decimal("0.00"))
    assert Earned.from_json(earned.as_json()) == earned
    facts: dict[str, Any] = {"manager": 1, "month": JANUARY, "version": 1, "base": Decimal(5), "as_of": NOW}
    one = digest_of(**facts, lines=[earned])
    assert one == digest_of(**{**facts, "base": Decimal("5.00"), "as_of": NOW.astimezone()}, lines=[earned])
    assert one != digest_of(**{**facts, "version": 2}, lines=[earned])


def introduce(*lines: Line, month: date = DECEMBER, seen: int = 0, base: str = "10000") -> BonusRules:
    return introduce_rules(from_month=month, base=Decimal(base), lines=lines, note="", seen_version=seen, actor=None)


@pytest.fixture
def head() -> User:
    return make_user(Role.HEAD)


@pytest.fixture
def owner() -> User:
    user: User = build()["A"].assignments.get().user
    return user


@pytest.mark.django_db
def test_a_month_is_worked_out_by_the_registrys_figures(owner: User, head: User) -> None:
    """December of the worked example: 3 of 5 renewed, gross 230/450, and no client of tier A."""
    introduce(
        line("renewal_rate", *STEPS),
        line("renewal_gross", ("0.5", "20"), pays=BonusPays.PERCENT, weight=Decimal("0.5")),
        line("renewal_rate", ("0.1", "700"), tier="A"),
        line("churn_rate", ("0.5", "100"), tier="A"),
    )
    with pytest.raises(DomainError):
        work_out_month(month=date(2026, 5, 1), actor=head, now=NOW)
    with pytest.raises(DomainError):
        work_out_month(month=date(2025, 11, 1), actor=head, now=NOW)
    assert work_out_month(month=DECEMBER, actor=head, now=NOW) == 1
    statement = BonusStatement.objects.get()
    found = [(one.numerator, one.denominator, one.threshold, one.sum) for one in queries.earned_lines(statement)]
    assert found[0] == (Decimal(3), Decimal(5), Decimal("0.6"), Decimal(5000))
    assert found[1][2:] == (Decimal("0.5"), Decimal(1000))
    assert [one[3] for one in found[2:]] == [0, 0]
    assert (statement.total, statement.manager) == (Decimal(6000), owner)
    assert queries.is_untouched(statement)
    assert queries.earned(statement.rules, queries.month_sums(DECEMBER, as_of=statement.as_of), owner.pk) == (
        queries.earned_lines(statement)
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("owner")
def test_worked_out_anew_until_signed_and_never_after(head: User) -> None:
    introduce(line())
    work_out_month(month=DECEMBER, actor=head, now=NOW)
    first = BonusStatement.objects.get()
    introduce(line(figure="renewal_rate"), seen=1, base="1")
    work_out_month(month=DECEMBER, actor=head, now=NOW + timedelta(hours=1))
    again = BonusStatement.objects.get()
    assert (again.pk, again.rules.version) == (first.pk, 2)
    with pytest.raises(ConflictError):
        sign_statement(statement=again, seen=first.digest, actor=head, now=NOW)
    with pytest.raises(DomainError):
        sign_statement(statement=again, seen=again.digest, actor=head, now=datetime(2025, 12, 31, tzinfo=MOSCOW))
    signed = sign_statement(statement=again, seen=again.digest, actor=head, now=NOW)
    assert (signed.signed_by, signed.signed_at) == (head, NOW)
    with pytest.raises(ConflictError):
        sign_statement(statement=again, seen=again.digest, actor=head, now=NOW)
    assert work_out_month(month=DECEMBER, actor=head, now=NOW + timedelta(days=1)) == 0
    with pytest.raises(DomainError):
        introduce(line(), seen=2)
    assert introduce(line(), seen=2, month=JANUARY).version == 3
    for change in (lambda: BonusStatement.objects.update(total=1), lambda: BonusStatement.objects.all().delete()):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            change()


@pytest.mark.django_db
def test_rules_are_never_edited_and_follow_each_other() -> None:
    introduce(line())
    with pytest.raises(ConflictError):
        introduce(line())
    with pytest.raises(DomainError):
        introduce(seen=1)
    introduce(line(), seen=1, month=JANUARY)
    for month, version in ((DECEMBER, 1), (JANUARY, 2), (date(2026, 3, 1), 2)):
        found = queries.rules_of(month)
        assert found is not None
        assert found.version == version
    assert queries.rules_of(date(2025, 11, 1)) is None
    for change in (lambda: BonusRules.objects.update(base=1), lambda: BonusRules.objects.all().delete()):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            change()


def enter(user: User) -> Visitor:
    visitor = Visitor()
    visitor.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return visitor


FORM = {
    "month": "2025-12",
    "base": "10000",
    "seen_version": "0",
    "line-TOTAL_FORMS": "2",
    "line-INITIAL_FORMS": "0",
    "line-0-figure": "renewal_rate",
    "line-0-tier": "",
    "line-0-pays": "money",
    "line-0-weight": "1",
    "line-0-steps": "50 = 3000\n60 = 5000",
    "line-1-figure": "",
    "line-1-pays": "money",
    "line-1-weight": "1",
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"line-0-steps": "x"}, "Проверьте отмеченные поля"),
        ({"base": ""}, "Проверьте отмеченные поля"),
        ({"line-0-figure": ""}, "нужна хотя бы одна строка"),
        ({"seen_version": "4"}, "другую версию"),
    ],
)
def test_what_is_wrong_with_rules_is_said_where_the_page_begins_to_be_read(
    head: User, wrong: dict[str, str], told: str
) -> None:
    text = enter(head).post("/reports/bonus/rules/", {**FORM, **wrong}).content.decode()
    alert = text.partition('role="alert"')[2].partition("</form>")[0]
    assert told in alert.partition("bonus-fields")[0]
    assert 'role="alert"' not in enter(head).get("/reports/bonus/rules/").content.decode().partition("<main")[2]


@pytest.mark.django_db
def test_the_heads_way_from_rules_to_a_signature(owner: User, head: User, django_assert_num_queries: Any) -> None:
    visitor = enter(head)
    assert visitor.get("/reports/bonus/").status_code == 200
    assert visitor.get("/reports/bonus/rules/").status_code == 200
    for wrong in (
        {"month": "soon"},
        {"month": "1800-01"},
        {"line-0-steps": "x"},
        {"line-0-figure": ""},
        {"seen_version": "4"},
    ):
        assert visitor.post("/reports/bonus/rules/", {**FORM, **wrong}).status_code in {400, 409, 422}
    assert visitor.post("/reports/bonus/rules/", FORM).status_code == 302
    assert "50 = 3000" in visitor.get("/reports/bonus/rules/").content.decode()
    assert visitor.post("/reports/bonus/work-out/", {"month": "2025-11"}).status_code == 302
    assert visitor.post("/reports/bonus/work-out/", {"month": "2025-12"}).status_code == 302
    address = f"/reports/bonus/of/{owner.username}/2025/12/"
    with django_assert_num_queries(5):
        answer = visitor.get("/reports/bonus/", {"month": "2025-12"})
    assert answer.context["total"] == 5000
    assert "work-out" in answer.content.decode()
    assert "work-out" not in visitor.get("/reports/bonus/", {"month": "2100-01"}).content.decode()
    answer = visitor.get(address, {"again": "1"})
    assert (answer.context["difference"], answer.context["untouched"], answer.context["may_sign"]) == (0, True, True)
    late = Contract.objects.filter(client__name="C").get()
    Contract.objects.create(  # signed in time, entered late
        client=late.client,
        signed_on=date(2026, 1, 1),
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        amount=late.amount,
    )
    rows = visitor.get(address, {"again": "1"}).context["rows"]
    assert rows[0].again
    assert visitor.post(f"{address}sign/", {"seen": "another"}).status_code == 302
    assert BonusStatement.objects.get().signed_at is None
    seen = BonusStatement.objects.get().digest
    visitor.post(f"{address}sign/", {"seen": seen})
    assert BonusStatement.objects.get().signed_by == head
    assert not visitor.get(address).context["may_sign"]
    sheet = openpyxl.load_workbook(BytesIO(visitor.get(f"{address}bonus.xlsx").content)).active
    assert sheet is not None
    cells = [[cell.value for cell in row] for row in sheet.rows]
    [rule], [total] = ([row for row in cells if row[0] == name] for name in ("Доля продлений", "Итого"))
    assert (rule[2], rule[3], rule[6], total[6]) == (0.6, "3 / 5", 5000, 5000)
    assert any(row[0] and row[0].startswith(f"Кто подписал: {head.name}") for row in cells)
    pdf = visitor.get(f"{address}bonus.pdf")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def happens_later(client: Client, head: User) -> None:
    """All that may happen after a statement was worked out: a return, a refund, an end, another owner, tier and score."""
    day, moment = date(2026, 4, 20), NOW + timedelta(days=5)
    days = {"signed_on": day, "starts_on": day, "ends_on": date(2027, 4, 19)}
    Contract.objects.create(client=client, amount=1200, **days)
    client.orders.update(refunded_amount=F("amount"), refunded_on=day)
    Contract.objects.filter(starts_on__lte=day, ends_on__gt=day).update(terminated_on=day)
    client.segments.filter(until_on=None).update(until_on=day)
    client.segments.create(tier="A", from_on=day)
    client.assignments.update(ended_at=moment)
    Assignment.objects.create(client=client, user=head, reason=AssignmentReason.TRANSFER, started_at=moment)
    SurveyResponse.objects.create(client=client, scale="csat10", score=1, answered_at=moment)


@pytest.mark.django_db
def test_as_of_its_moment_the_same_comes_out_whatever_happens_later(owner: User, head: User) -> None:
    figures = ("renewal_rate", "renewal_gross", "churn_rate", "active_clients", "average_check", "grr", "csat10")
    introduce(*(line(figure, ("0.1", "100")) for figure in figures))
    work_out_month(month=DECEMBER, actor=head, now=NOW)
    statement = BonusStatement.objects.get(manager=owner)
    sign_statement(statement=statement, seen=statement.digest, actor=head, now=NOW)
    for client in Client.objects.all():
        happens_later(client, head)
    address = f"/reports/bonus/of/{owner.username}/2025/12/"
    with time_machine.travel(NOW + timedelta(days=40), tick=False):
        visitor = enter(head)
        answer = visitor.get(address, {"again": "then"})
        assert (answer.context["same"], answer.context["same_moment"]) == (True, True)
        assert "На тот же момент выходит то же самое" in answer.content.decode()
        assert not any(row.again for row in answer.context["rows"])
        Contract.objects.filter(client__name="A", starts_on=date(2026, 1, 1)).update(signed_on=date(2026, 2, 10))
        answer = visitor.get(address, {"again": "then"})
        assert answer.context["same"] is False
        assert "На тот же момент выходит иначе" in answer.content.decode()
        assert "заново" in answer.content.decode()
        assert answer.context["rows"][0].again.startswith("40,0")
        assert visitor.get(address).context["again"] is False
    assert queries.is_untouched(BonusStatement.objects.get())


@pytest.mark.django_db
def test_the_head_is_told_before_he_signs_what_is_not_decided_yet(owner: User, head: User) -> None:
    # E was due in March: until the end of April nobody knows
    introduce(line("renewal_rate", *STEPS))
    visitor, address = enter(head), f"/reports/bonus/of/{owner.username}/2026/3/"
    for month, undecided in ((DECEMBER, False), (date(2026, 3, 1), True)):
        work_out_month(month=month, actor=head, now=NOW)
        answer = visitor.get(f"/reports/bonus/of/{owner.username}/{month.year}/{month.month}/")
        assert answer.context["undecided"] is undecided
        assert ("решено не всё" in answer.content.decode()) is undecided
    statement = BonusStatement.objects.get(month=date(2026, 3, 1))
    visitor.post(f"{address}sign/", {"seen": statement.digest})
    assert visitor.get(address).context["undecided"] is False


@pytest.mark.django_db
def test_a_manager_sees_his_own_bonus_only(owner: User, head: User) -> None:
    introduce(line())
    work_out_month(month=DECEMBER, actor=head, now=NOW)
    address = f"/reports/bonus/of/{owner.username}/"
    mine, other, sales = enter(owner), enter(make_user(Role.AM)), enter(make_user(Role.SALES))
    assert mine.get("/reports/bonus/")["Location"] == address
    for path in (address, f"{address}2025/12/", f"{address}2025/12/bonus.xlsx", f"{address}2025/12/bonus.pdf"):
        assert mine.get(path).status_code == 200
        assert other.get(path).status_code == 404
        assert sales.get(path).status_code == 403
    assert not mine.get(f"{address}2025/12/").context["may_sign"]
    assert mine.post(f"{address}2025/12/sign/").status_code == 403
    assert mine.get("/reports/bonus/rules/").status_code == 403
    for path in (f"{address}2025/13/", f"{address}1025/12/", f"{address}2025/11/"):
        assert mine.get(path).status_code == 404


@pytest.mark.django_db
def test_manager_without_a_statement_is_on_the_months_page_all_the_same(owner: User, head: User) -> None:
    introduce(line("renewal_rate", *STEPS))
    work_out_month(month=DECEMBER, actor=head, now=NOW)
    newcomer = make_user(Role.AM, name="Новая Вера")

    answer = enter(head).get("/reports/bonus/", {"month": "2025-12"})

    assert answer.status_code == 200
    assert newcomer.name in answer.content.decode()
