"""The history of an invented department, drawn from a seed. Pure: the same seed and day give the same story.

Every year the same number of contracts falls due, and exactly the published share of them is refused;
newcomers and clients who were won back make up the number for the next year. Nothing states a rate:
the figures come out of the contracts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from core.inn import inn_problem
from demo import words

FIRST_YEAR = 2017
#: Share of the contracts due in a year that are refused: the department is created at the end of 2018,
#: its coverage is cut in 2020, trust is won back in 2021. The share of that year was published with the clients who
#: came back among those renewed: of the contracts alone more were refused.
REFUSED = {2018: 0.50, 2019: 0.30, 2020: 0.55, 2021: 0.35, 2022: 0.15}
REFUSED_SINCE = 0.13
WINBACKS_INSIDE = frozenset({2021})
#: Share of the refused who come back within a year, on their own or won back.
RETURNING = {2020: 0.10, 2021: 0.30, 2022: 0.20}
MEAN_SCORE = {2018: 7.4, 2019: 8.3, 2020: 6.9, 2021: 8.0, 2022: 8.9}
MEAN_SCORE_SINCE = 9.0
SURVEYED_SHARE = 0.4
TALKED_DAYS, TALK_GAPS = 456, (30, 60, 90, 180)
BRANCH_SHARE = 0.06


@dataclass(frozen=True, slots=True)
class Size:
    due_per_year: int
    orders_per_contract: float


SIZES = {"small": Size(60, 10), "department": Size(1_200, 3.3), "large": Size(33_000, 3.3)}


@dataclass(frozen=True, slots=True)
class Contract:
    external_id: str
    client: int
    number: str
    signed_on: date
    starts_on: date
    ends_on: date
    amount: Decimal
    product: str


@dataclass(frozen=True, slots=True)
class Client:
    number: int
    name: str
    kind: str
    inn: str
    tier: str
    industry: str
    region: str
    timezone: str
    manager: int
    parent: int | None
    created_on: date

    @property
    def external_id(self) -> str:
        return f"client-{self.number}"


@dataclass(frozen=True, slots=True)
class Order:
    external_id: str
    contract: Contract
    ordered_at: datetime
    completed_at: datetime | None
    status: str
    amount: Decimal
    refunded_amount: Decimal
    refunded_on: date | None
    cost: Decimal
    product: str


@dataclass(frozen=True, slots=True)
class Score:
    external_id: str
    client: int
    answered_at: datetime
    score: int
    comment: str
    scale: str = "csat10"


@dataclass(frozen=True, slots=True)
class Talk:
    external_id: str
    client: int
    happened_at: datetime
    minutes: int
    outcome: str
    note: str


@dataclass(slots=True)
class Story:
    """The whole history; big parts are drawn while they are read."""

    seed: int
    size: Size
    today: date
    zone: ZoneInfo
    managers: int
    clients: list[Client] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)

    def __post_init__(self) -> None:
        random = Random(self.seed)  # noqa: S311 - invented data, not secrets
        due = [
            self._newcomer(random, _day(random, FIRST_YEAR, place, self.size))
            for place in range(self.size.due_per_year)
        ]
        refused: list[Contract] = []
        for year in range(FIRST_YEAR + 1, self.today.year + 2):
            due, refused = self._year(random, year, due, refused)

    def _year(
        self, random: Random, year: int, due: list[Contract], refused_before: list[Contract]
    ) -> tuple[list[Contract], list[Contract]]:
        """What becomes of the contracts due in a year; answers next year's and the refused."""
        back = random.sample(refused_before, round(len(refused_before) * RETURNING.get(year, 0.08)))
        returns = [renewal for contract in back if (renewal := self._return(random, contract, year)) is not None]
        counted = len(due) + (len(returns) if year in WINBACKS_INSIDE else 0)
        refused = set(random.sample(range(len(due)), round(counted * REFUSED.get(year, REFUSED_SINCE))))
        following = [
            renewal
            for place, contract in enumerate(due)
            if place not in refused and (renewal := self._renew(random, contract)) is not None
        ]
        lost = [due[place] for place in sorted(refused)]
        following += returns
        for place in range(len(following), self.size.due_per_year):
            start = _day(random, year, place, self.size)
            if start <= self.today - timedelta(days=20):
                following.append(self._newcomer(random, start))
        return following, lost

    def _newcomer(self, random: Random, start: date) -> Contract:
        number = len(self.clients) + 1
        region, timezone = random.choice(words.REGIONS)
        kind = random.choices(("legal", "entrepreneur", "person"), (80, 15, 5))[0]
        name = _name(random, kind, number)
        parent = None
        if number > 20 and random.random() < BRANCH_SHARE:
            head = self.clients[random.randrange(number - 1)]
            if head.parent is None and head.kind == "legal":
                parent, kind, name = head.number, "legal", f"{head.name}, филиал в регионе {region}"
        self.clients.append(
            Client(
                number=number,
                name=name,
                kind=kind,
                inn=_inn(random, 10 if kind == "legal" else 12) if random.random() < 0.7 else "",
                tier=random.choices("ABC", (15, 50, 35))[0],
                industry=random.choice(words.INDUSTRIES),
                region=region,
                timezone=timezone,
                manager=random.randrange(self.managers),
                parent=parent,
                created_on=start,
            )
        )
        product = random.choice(words.PRODUCTS)
        amount = Decimal(product[4] * random.randrange(6, 18))
        return self._sign(random, number, start, _next_year(start) - timedelta(days=1), amount, product[0])

    def _sign(self, random: Random, client: int, start: date, end: date, amount: Decimal, product: str) -> Contract:
        number = len(self.contracts) + 1
        signed = start - timedelta(days=random.randrange(3, 15))
        contract = Contract(f"contract-{number}", client, f"{number}/{start:%y}", signed, start, end, amount, product)
        self.contracts.append(contract)
        return contract

    def _renew(self, random: Random, old: Contract) -> Contract | None:
        """The next contract ends a year after the old one, however early or late it begins."""
        shift = 0
        if 3 <= old.ends_on.month <= 10:
            shift = random.choices((0, -random.randrange(5, 45), random.randrange(3, 28)), (70, 15, 15))[0]
        start = old.ends_on + timedelta(days=1 + shift)
        growth = Decimal(random.choice(("0.85", "1.00", "1.00", "1.05", "1.10", "1.25")))
        return self._dated(random, old, start, _next_year(old.ends_on), growth)

    def _return(self, random: Random, old: Contract, year: int) -> Contract | None:
        start = max(old.ends_on + timedelta(days=random.randrange(45, 200)), date(year, 1, 2))
        if start.year != year:
            return None
        start = start.replace(day=min(max(start.day, 2), 28))
        return self._dated(random, old, start, _next_year(start) - timedelta(days=1), Decimal("0.90"))

    def _dated(self, random: Random, old: Contract, start: date, end: date, growth: Decimal) -> Contract | None:
        """A contract that follows; none if it would be signed after today."""
        if start - timedelta(days=15) > self.today:
            return None
        amount = (old.amount * growth).quantize(Decimal(1))
        contract = self._sign(random, old.client, start, end, amount, old.product)
        if contract.signed_on > self.today:
            contract = self.contracts[-1] = replace(contract, signed_on=self.today)
        return contract

    def orders(self) -> Iterator[Order]:
        """Purchases within each contract, up to today; the last days' are still in progress."""
        random = Random(self.seed + 1)  # noqa: S311
        number = 0
        for contract in self.contracts:
            days = (min(contract.ends_on, self.today) - contract.starts_on).days
            whole = (contract.ends_on - contract.starts_on).days or 1
            expected = self.size.orders_per_contract * max(days, 0) / whole
            for _ in range(int(expected) + (random.random() < expected % 1)):
                number += 1
                yield self._order(random, number, contract, contract.starts_on + timedelta(days=random.randrange(days)))

    def _order(self, random: Random, number: int, contract: Contract, day: date) -> Order:
        ordered_at = datetime.combine(day, time(random.randrange(9, 18), random.randrange(60)), self.zone)
        completed_at = ordered_at + timedelta(days=random.randrange(1, 9), minutes=random.randrange(300))
        product = random.choice(words.PRODUCTS)
        amount = Decimal(product[4] + 10 * random.randrange(200))
        status, refunded, refunded_on = "completed", Decimal(0), None
        if completed_at.date() >= self.today:
            status = "new"
        elif (dice := random.random()) < 0.04:
            status = "cancelled"
        elif dice < 0.07 and completed_at.date() + timedelta(days=12) < self.today:
            refunded = amount if dice < 0.05 else (amount * Decimal("0.3")).quantize(Decimal("0.01"))
            refunded_on = completed_at.date() + timedelta(days=random.randrange(2, 12))
        finished = completed_at if status == "completed" else None
        cost = Decimal(product[5])
        return Order(
            f"order-{number}", contract, ordered_at, finished, status, amount, refunded, refunded_on, cost, product[0]
        )

    def talks(self) -> Iterator[Talk]:
        """Calls of the latest fifteen months: some clients are called every month, some hardly ever."""
        random = Random(self.seed + 4)  # noqa: S311
        number, first = 0, self.today - timedelta(days=TALKED_DAYS)
        for contract in self.contracts:
            gap = random.choice(TALK_GAPS)
            day = max(contract.starts_on, first) + timedelta(days=random.randrange(gap))
            while day <= min(contract.ends_on, self.today - timedelta(days=1)):
                number += 1
                at = datetime.combine(day, time(random.randrange(10, 18), random.randrange(60)), self.zone)
                reached = random.random() < 0.85
                minutes, note = (random.randrange(4, 35), random.choice(words.TALKS)) if reached else (1, "")
                outcome = "reached" if reached else "no_answer"
                yield Talk(f"touch-{number}", contract.client, at, minutes, outcome, note)
                day += timedelta(days=random.randrange(gap // 2, gap * 2))

    def scores(self) -> Iterator[Score]:
        """Answers to surveys eight to fourteen days after some of the orders."""
        random = Random(self.seed + 2)  # noqa: S311
        number = 0
        latest = datetime.combine(self.today, time(0), self.zone)
        for order in self.orders():
            if order.completed_at is None or random.random() > SURVEYED_SHARE:
                continue
            answered_at = order.completed_at + timedelta(days=random.randrange(8, 14), minutes=random.randrange(600))
            if answered_at >= latest:
                continue
            number += 1
            mean = MEAN_SCORE.get(answered_at.year, MEAN_SCORE_SINCE)
            score = max(1, min(10, round(random.gauss(mean, 1.5))))
            comment = ""
            if random.random() < 0.5:
                comment = random.choice(words.PRAISE if score > 6 else words.BLAME)
            yield Score(f"survey-{number}", order.contract.client, answered_at, score, comment)
            yield from self._asked_besides(random, number, order.contract.client, answered_at, score)

    def _asked_besides(
        self, random: Random, number: int, client: int, answered_at: datetime, score: int
    ) -> Iterator[Score]:
        """Some are asked for a recommendation or for a mark out of five as well: scales of their own."""
        if random.random() < 0.3:
            promised = max(0, min(10, score + random.choice((-1, 0, 0, 1))))
            yield Score(f"nps-{number}", client, answered_at, promised, "", "nps")
        if random.random() < 0.2:
            yield Score(f"five-{number}", client, answered_at, max(1, min(5, round(score / 2))), "", "csat5")


def _day(random: Random, year: int, place: int, size: Size) -> date:
    """Spread evenly over the months; never the 1st or the last days, so that a term ends in the next year."""
    return date(year, 1 + place * 12 // size.due_per_year, random.randrange(2, 28))


def _next_year(day: date) -> date:
    return day.replace(year=day.year + 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


def _name(random: Random, kind: str, number: int) -> str:
    first = random.choice(words.ADJECTIVES)
    second = random.choice(words.NOUNS)
    full = f"{first} {second}{random.choice(words.ENDINGS)}"
    if kind == "legal":
        return f"{random.choices(('ООО', 'АО', 'ГК'), (85, 10, 5))[0]} «{full}»"
    return f"ИП «{full}»" if kind == "entrepreneur" else f"Заказчик № {number}"


def _inn(random: Random, digits: int) -> str:
    """Right in form, of a region that does not exist: nobody's."""
    legal = digits == 10
    stem = "00" + "".join(str(random.randrange(10)) for _ in range(7 if legal else 8))
    tails = (str(tail) for tail in range(10)) if legal else (f"{tail:02}" for tail in range(100))
    return next(stem + tail for tail in tails if inn_problem(stem + tail) is None)
