"""A second reading of the figures, naive on purpose: day by day, client by client, without SQL and without the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

GRACE, EARLY, ACTIVE = 30, 60, 180
ONE = timedelta(days=1)


@dataclass
class Deal:
    signed: date
    first: date
    last: date | None
    amount: int
    stopped: date | None = None
    products: frozenset[int] = frozenset()
    number: int = 0


@dataclass
class Sale:
    day: date
    amount: int
    refunded: int = 0
    refunded_on: date | None = None


@dataclass
class Said:
    day: date
    scale: str
    score: int
    number: int = 0


@dataclass
class Person:
    deals: list[Deal] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)


def months(first: date, last: date) -> Fraction:
    day = first
    for count in range(1, 200):
        year, month = divmod(first.year * 12 + first.month - 1 + count, 12)
        day = date(year, month + 1, 1)
        length = ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - ONE).day
        if day.replace(day=min(first.day, length)) - ONE == last:
            return Fraction(count)
    return Fraction((last - first).days + 1) / Fraction("30.4375")


def worth(deal: Deal) -> Fraction:
    return Fraction(deal.amount) / (12 if deal.last is None else months(deal.first, deal.last))


class World:
    def __init__(self, people: list[Person], today: date) -> None:
        self.people, self.today = people, today

    def end(self, deal: Deal) -> date:
        stop = deal.stopped if deal.stopped and deal.stopped <= self.today else None
        return min(day for day in (deal.last, stop, date.max) if day)

    def known(self, person: Person) -> list[Deal]:
        return [deal for deal in person.deals if deal.signed <= self.today]

    def dues(self, first: date, end: date) -> dict[str, Fraction]:
        found: dict[str, Fraction] = dict.fromkeys(
            ("due", "replaced", "renewed", "pending", "due_mv", "kept_mv", "new_mv"), Fraction(0)
        )
        for person in self.people:
            deals = self.known(person)
            for deal in deals:
                due = self.end(deal)
                kin = [d for d in deals if not (d.products and deal.products) or d.products & deal.products]
                inside = any(
                    other is not deal
                    and other.first <= deal.first
                    and self.end(other) >= due
                    and ((other.first, self.end(other)) != (deal.first, due) or other.number > deal.number)
                    for other in kin
                )
                if not first <= due < end or inside:
                    continue
                self._judge(deal, due, kin, found)
        return found

    def _judge(self, deal: Deal, due: date, kin: list[Deal], found: dict[str, Fraction]) -> None:
        after = [
            d for d in kin if d.first > deal.first and self.end(d) > due and d.signed <= due + timedelta(days=GRACE)
        ]
        after.sort(key=lambda d: (d.first, -self.end(d).toordinal(), -d.number))
        found["due"] += 1
        gap = (after[0].first - due).days - 1 if after else None
        if gap is not None and gap < -EARLY:
            found["replaced"] += 1
        elif gap is not None and gap <= GRACE:
            found["renewed"] += 1
            found["due_mv"] += worth(deal)
            found["kept_mv"] += min(worth(deal), worth(after[0]))
            found["new_mv"] += worth(after[0])
        elif self.today <= due + timedelta(days=GRACE):
            found["pending"] += 1
        else:
            found["due_mv"] += worth(deal)

    def value(self, person: Person, day: date) -> Fraction | None:
        """Monthly value on a day, or None without cover."""
        cover = [d for d in self.known(person) if d.first <= day <= self.end(d)]
        cover.sort(key=lambda d: (d.first, self.end(d), d.number), reverse=True)
        counted: list[Deal] = []
        for deal in cover:
            if all(deal.products and other.products and not deal.products & other.products for other in counted):
                counted.append(deal)
        return sum((worth(deal) for deal in counted), Fraction(0)) if cover else None

    def net(self, sale: Sale) -> int:
        counts = sale.refunded_on is None or sale.refunded_on <= self.today
        return sale.amount - (sale.refunded if counts else 0)

    def sales(self, person: Person) -> list[Sale]:
        return [sale for sale in person.sales if sale.day <= self.today and self.net(sale) > 0]

    def active(self, person: Person, day: date) -> bool:
        if self.value(person, day) is not None:
            return True
        begun = any(deal.first <= day for deal in self.known(person))
        return not begun and any(day - timedelta(days=ACTIVE - 1) <= s.day <= day for s in self.sales(person))

    def staying(self, first: date, end: date) -> dict[str, Fraction]:
        found: dict[str, Fraction] = dict.fromkeys(
            ("base", "kept", "mv0", "mv_min", "mv1", "reactivated", "active"), Fraction(0)
        )
        seen = min(end - ONE, self.today)
        if first > self.today:
            return found
        for person in self.people:
            found["active"] += self.active(person, seen)
            if not self.active(person, first - ONE):
                continue
            before, after = self.value(person, first - ONE) or Fraction(0), self.value(person, seen) or Fraction(0)
            found["base"] += 1
            found["kept"] += self.active(person, seen)
            found["mv0"] += before
            if self._long_hole(person, first, seen):
                found["reactivated"] += after
            else:
                found["mv_min"] += min(before, after)
                found["mv1"] += after
        return found

    def _long_hole(self, person: Person, first: date, seen: date) -> bool:
        """Between two covers: the days before a buyer's first contract are no hole."""
        covered, bare, day = self.value(person, first - ONE) is not None, 0, first
        while day <= seen:
            if self.value(person, day) is None:
                bare += covered
            elif bare > GRACE:
                return True
            else:
                covered, bare = True, 0
            day += ONE
        return False

    def buying(self, first: date, end: date) -> dict[str, Fraction]:
        found: dict[str, Fraction] = dict.fromkeys(
            ("orders", "revenue", "again", "buyers", "repeaters", "first_revenue"), Fraction(0)
        )
        for person in self.people:
            everything = sorted(self.sales(person), key=lambda sale: sale.day)
            within = [sale for sale in everything if first <= sale.day < end]
            found["orders"] += len(within)
            found["revenue"] += sum(self.net(sale) for sale in within)
            found["again"] += sum(1 for sale in within if sale is not everything[0])
            found["first_revenue"] += sum(self.net(sale) for sale in within if sale is everything[0])
            found["buyers"] += bool(within)
            found["repeaters"] += len({sale.day for sale in within}) > 1
        return found

    def starting(self, first: date, end: date) -> dict[str, Fraction]:
        found: dict[str, Fraction] = dict.fromkeys(("starters", "starters_pending", "stopped"), Fraction(0))
        for person in self.people:
            deals = self.known(person)
            start = min((deal.first for deal in deals), default=None)
            if start is None or not first <= start < end:
                continue
            thirtieth = start + timedelta(days=29)
            found["starters"] += 1
            if thirtieth > self.today:
                found["starters_pending"] += 1
            elif not any(deal.first <= thirtieth <= self.end(deal) for deal in deals):
                found["stopped"] += 1
        return found

    def returning(self, first: date, end: date) -> dict[str, Fraction]:
        found: dict[str, Fraction] = dict.fromkeys(("newcomers", "newcomers_pending", "returned"), Fraction(0))
        for person in self.people:
            bought = sorted(sale.day for sale in self.sales(person))
            if not bought or not first <= bought[0] < end:
                continue
            found["newcomers"] += 1
            if bought[0] + timedelta(days=90) > self.today:
                found["newcomers_pending"] += 1
            else:
                found["returned"] += any(0 < (day - bought[0]).days <= 90 for day in bought)
        return found

    def lifetime(self) -> dict[str, Fraction]:
        values = []
        for person in self.people:
            money = Fraction(sum(self.net(sale) for sale in self.sales(person)))
            for deal in self.known(person):
                if deal.first <= self.today:
                    money += worth(deal) * months(deal.first, min(self.end(deal), self.today))
            values.append(money)
        return {"ltv": sum(values, Fraction(0)), "ltv_clients": Fraction(sum(1 for value in values if value > 0))}

    def saying(self, first: date, end: date) -> dict[str, Fraction]:
        names = ("csat", "csat_score", "csat_perfect", "nps", "promoters", "detractors")
        found: dict[str, Fraction] = dict.fromkeys(names, Fraction(0))
        for person in self.people:
            said = [one for one in person.said if first <= one.day < end and one.day <= self.today]
            for one in said:
                if one.scale == "csat10":
                    found["csat"] += 1
                    found["csat_score"] += one.score
                    found["csat_perfect"] += one.score >= 9
            waves = [one for one in said if one.scale == "nps"]
            if waves:
                last = max(waves, key=lambda one: (one.day, one.number))
                found["nps"] += 1
                found["promoters"] += last.score >= 9
                found["detractors"] += last.score <= 6
        return found
