"""A department that lives from day to day and keeps its own books: the answers are known before anything is computed.

What happens to a contract is drawn first (renewed late, replaced, lost, won back …) and written into the books as such;
only then does it get dates. Nothing here reads dates back, knows SQL, or uses the rules of the product.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

MOSCOW = ZoneInfo("Europe/Moscow")
FIRST, TODAY = date(2021, 6, 1), date(2026, 4, 15)
GRACE, EARLY, ACTIVE = 30, 60, 180
REGULAR_ORDERS, REGULAR_DAYS = 3, 365
ONE = timedelta(days=1)
ABROAD = [MOSCOW, ZoneInfo("Asia/Kamchatka"), ZoneInfo("America/New_York"), ZoneInfo("UTC")]


def later(day: date, months: int) -> date:
    """``months`` further: the same day of that month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_of(day: date) -> date:
    return day.replace(day=1)


@dataclass
class Paper:
    """A contract as it will be exported."""

    client: str
    signed: date
    first: date
    last: date
    amount: int
    stopped: date | None = None
    products: str = ""
    prolongation: int | None = None


@dataclass
class Sale:
    client: str
    at: datetime
    amount: int
    status: str = "completed"
    refunded: int = 0
    refunded_on: date | None = None
    zone: ZoneInfo = MOSCOW

    @property
    def net(self) -> int:
        counts = self.refunded_on is None or self.refunded_on <= TODAY
        return self.amount - (self.refunded if counts else 0)


@dataclass
class Life:
    """What is known of one client: what he is worth on each day, and what he has bought."""

    name: str
    worth: dict[str, dict[date, Fraction]] = field(default_factory=lambda: defaultdict(dict))  # by line of business
    began: date | None = None
    stopped_early: bool = False  # nothing covered day 30
    sales: list[Sale] = field(default_factory=list)
    came: list[datetime] = field(default_factory=list)  # of himself, to ask for something

    def value(self, day: date) -> Fraction | None:
        found = [line[day] for line in self.worth.values() if day in line]
        return sum(found, Fraction(0)) if found else None

    def is_active(self, day: date) -> bool:
        if self.value(day) is not None:
            return True
        begun = self.began is not None and self.began <= day
        lately = any(day - timedelta(days=ACTIVE - 1) <= sale.at.date() <= day for sale in self.sales)
        return lately and not begun


Ledger = dict[str, Fraction]


class Department:
    def __init__(self, seed: int, clients: int = 30) -> None:
        self.random = Random(seed)
        self.papers: list[Paper] = []
        self.sales: list[Sale] = []
        self.lives: list[Life] = []
        self.ended: dict[date, Ledger] = defaultdict(lambda: defaultdict(Fraction))
        kinds = [self._keeps_contracts, self._two_lines, self._prolongs, self._stops_at_once, self._only_buys]
        for number in range(clients):
            life = Life(f"t-{seed}-{number}")
            self.lives.append(life)
            if number % 6 < len(kinds):  # every sixth never does anything
                kinds[number % 6](life)
        for life in self.lives:
            life.sales = sorted((s for s in life.sales if s.status == "completed" and s.net > 0), key=lambda s: s.at)
        for life in self.lives[::2]:
            life.came = [self._moment(date(2023, 6, 1)) for _ in range(self.random.randrange(4))]

    # --- lives --------------------------------------------------------------------------------------------------------

    def _keeps_contracts(self, life: Life) -> None:
        self._line(life, self._day(FIRST, 400))
        self._shop(life, life.began or FIRST, 9)

    def _two_lines(self, life: Life) -> None:
        """Contracts for different products run beside each other and add up."""
        self._line(life, self._day(FIRST, 300), "ads")
        self._line(life, self._day(FIRST, 300), "seo")

    def _prolongs(self, life: Life) -> None:
        """A contract that renews itself on time, until it is given up."""
        first, step = self._day(FIRST, 900), self.random.choice([1, 3])
        stop = self.random.choice([None, first + timedelta(days=self.random.randrange(40, 500))])
        if stop and stop > TODAY:
            stop = None
        worth = self.random.randrange(1, 9) * 100
        self.papers.append(
            Paper(life.name, first, first, later(first, step) - ONE, worth * step, stop, prolongation=step)
        )
        life.began = first
        start = first
        while start - ONE <= TODAY and (stop is None or start <= stop):
            natural = later(start, step) - ONE
            end = min(natural, stop) if stop else natural
            self._cover(life, "", start, end, worth)
            if stop is not None and end == stop:
                self._write_end(end, worth, "lost" if end + timedelta(days=GRACE) < TODAY else "open")
            else:
                self._write_end(end, worth, "renewed" if end <= TODAY else "open", worth)
            start = natural + ONE

    def _stops_at_once(self, life: Life) -> None:
        """A first contract that is over before day 30, by its term or by a termination."""
        first = self._day(FIRST, 1700)
        days = self.random.randrange(3, 28)
        last = first + timedelta(days=days - 1)
        by_term = self.random.random() < 0.5
        natural = last if by_term else later(first, 12) - ONE
        worth = Fraction(1200) / (Fraction(days) / Fraction("30.4375") if by_term else 12)
        self.papers.append(Paper(life.name, first, first, natural, 1200, None if by_term else last))
        life.began, life.stopped_early = first, True
        self._cover(life, "", first, last, worth)
        self._write_end(last, worth, "lost" if last + timedelta(days=GRACE) < TODAY else "open")

    def _only_buys(self, life: Life) -> None:
        self._shop(life, self._day(FIRST, 1200), 16)
        if self.random.random() < 0.4:  # and signs a contract in the end
            self._line(life, self._day(date(2023, 6, 1), 700))

    # --- contracts ----------------------------------------------------------------------------------------------------

    def _line(self, life: Life, first: date, products: str = "") -> None:
        start, signed, outlast = first, first - timedelta(days=self.random.randrange(20)), first
        life.began = min(first, life.began or first)
        worth_of_next = self.random.randrange(1, 30) * 100
        while True:
            months = self.random.choice([3, 6, 6, 12, 12, 24])
            while later(start, months) - ONE <= outlast:
                months += 6
            last = later(start, months) - ONE
            worth, worth_of_next = worth_of_next, self.random.randrange(1, 30) * 100
            end, stop = last, None
            if self.random.random() < 0.15:  # terminated, and well after what it continues
                day = start + timedelta(days=self.random.randrange(60, 80))
                if outlast < day < min(last, TODAY):
                    end = stop = day
            self.papers.append(Paper(life.name, signed, start, last, worth * months, stop, products))
            self._cover(life, products, start, end, worth)
            if end - start > timedelta(days=58) and self.random.random() < 0.15:
                self._small_one_inside(life, products, start)
            following = self._follow(start, end, worth, worth_of_next)
            if following is None:
                return
            (start, signed), outlast = following, end

    def _small_one_inside(self, life: Life, products: str, start: date) -> None:
        """Within another one in line: never due; while it runs, it is what counts."""
        first, last = start + timedelta(days=3), start + timedelta(days=12)
        worth = Fraction(700) / (Fraction(10) / Fraction("30.4375"))
        self.papers.append(Paper(life.name, first, first, last, 700, None, products))
        self._cover(life, products, first, last, worth)

    def _follow(self, start: date, end: date, worth: int, worth_of_next: int) -> tuple[date, date] | None:
        """Draws what happens after the end, writes it into the books; the next first day, and the day of signing it."""
        word = self.random.choices(
            ["on time", "early", "replaced", "late", "won back", "lost"], [24, 18, 14, 16, 18, 10]
        )[0]
        lived = (end - start).days
        if word == "replaced" and lived < 120:
            word = "on time"
        if word == "early" and lived < 61:
            word = "late"
        far = {"on time": 0, "early": -self.random.randrange(1, 61), "late": self.random.randrange(1, 31)}
        far |= {"replaced": -self.random.randrange(61, 100), "won back": self.random.randrange(31, 200), "lost": 0}
        first = end + ONE + timedelta(days=far[word])
        signed = first - timedelta(days=1 if word in {"late", "won back"} else self.random.randrange(20))
        decided = end + timedelta(days=GRACE) < TODAY
        if word == "lost" or signed > TODAY:
            self._write_end(end, worth, "lost" if decided else "open")
            return None
        if word == "won back":
            self._write_end(end, worth, "lost" if decided else "open")
            self.ended[month_of(first)]["winbacks"] += decided
        else:
            self._write_end(end, worth, "replaced" if word == "replaced" else "renewed", worth_of_next)
        return first, signed

    def _write_end(self, end: date, worth: Fraction | int, word: str, following: int = 0) -> None:
        book, old, new = self.ended[month_of(end)], Fraction(worth), Fraction(following)
        book["due"] += 1
        book[word] += 1
        if word in {"renewed", "lost"}:
            book["due_mv"] += old
        if word == "renewed":
            book["kept_mv"] += min(old, new)
            book["new_mv"] += new

    def _cover(self, life: Life, line: str, first: date, last: date, worth: Fraction | int) -> None:
        """What begins later counts, as long as it runs."""
        for number in range((last - first).days + 1):
            life.worth[line][first + timedelta(days=number)] = Fraction(worth)

    # --- purchases ----------------------------------------------------------------------------------------------------

    def _shop(self, life: Life, since: date, times: int) -> None:
        for _ in range(self.random.randrange(times)):
            at = self._moment(since)
            sale = Sale(life.name, at, self.random.randrange(0, 40) * 50, zone=self.random.choice(ABROAD))
            match self.random.randrange(10):
                case 0:
                    sale.status = "cancelled"
                case 1:
                    sale.status = "new"
                case 2 | 3:
                    sale.refunded = self.random.choice([sale.amount, sale.amount // 2])
                    sale.refunded_on = at.date() + timedelta(days=self.random.randrange(0, 90))
                case _:
                    pass
            life.sales.append(sale)
            self.sales.append(sale)

    def _moment(self, since: date) -> datetime:
        """Often the last second of a month or the first of the next: abroad that is another day, or another month."""
        day = since + timedelta(days=self.random.randrange(max(1, (TODAY - since).days)))
        clock = time(self.random.randrange(24), self.random.randrange(60))
        if self.random.random() < 0.3:
            day, clock = month_of(day), time(0, 0)
            if self.random.random() < 0.5 and day > since:
                day, clock = day - ONE, time(23, 59, 59)
        return datetime.combine(day, clock, MOSCOW)

    def _day(self, since: date, within: int) -> date:
        day = since + timedelta(days=self.random.randrange(within))
        return day.replace(day=min(day.day, 28))

    # --- the books, read ----------------------------------------------------------------------------------------------

    def truth(self, month: date) -> dict[str, tuple[Fraction, Fraction]]:
        """Numerator and denominator of every figure of a month."""
        return {**self._of_ends(month), **self._of_days(month), **self._of_sales(month)}

    def pending(self, month: date) -> int:
        return int(self.ended[month]["open"])

    def winbacks(self, month: date) -> int:
        return int(self.ended[month]["winbacks"])

    def _of_ends(self, month: date) -> dict[str, tuple[Fraction, Fraction]]:
        book = self.ended[month]
        decided = book["renewed"] + book["lost"]
        starters = [life for life in self.lives if life.began and month_of(life.began) == month]
        seen = [life for life in starters if life.began and life.began + timedelta(days=29) <= TODAY]
        return {
            "renewal_rate": (book["renewed"], decided),
            "refusal_rate": (book["lost"], decided),
            "renewal_gross": (book["kept_mv"], book["due_mv"]),
            "renewal_net": (book["new_mv"], book["due_mv"]),
            "stop_30d_rate": (Fraction(sum(life.stopped_early for life in seen)), Fraction(len(seen))),
        }

    def _of_days(self, month: date) -> dict[str, tuple[Fraction, Fraction]]:
        eve, last = month - ONE, min(later(month, 1) - ONE, TODAY)
        base = [life for life in self.lives if life.is_active(eve)]
        before = after = least = Fraction(0)
        for life in base:
            old, new = life.value(eve) or Fraction(0), life.value(last) or Fraction(0)
            before += old
            if not self._was_away(life, month, last):
                after += new
                least += min(old, new)
        kept = Fraction(sum(life.is_active(last) for life in base))
        return {
            "retention_rate": (kept, Fraction(len(base))),
            "churn_rate": (len(base) - kept, Fraction(len(base))),
            "active_clients": (Fraction(sum(life.is_active(last) for life in self.lives)), Fraction(1)),
            "grr": (least, before),
            "nrr": (after, before),
        }

    @staticmethod
    def _was_away(life: Life, first: date, last: date) -> bool:
        """Covered on the eve, then not for more than the grace, then again: within one month that takes all of it."""
        away, covered = 0, life.value(first - ONE) is not None
        for number in range((last - first).days + 1):
            if life.value(first + timedelta(days=number)) is None:
                away += covered
            elif away > GRACE:
                return True
            else:
                away, covered = 0, True
        return False

    def _of_sales(self, month: date) -> dict[str, tuple[Fraction, Fraction]]:
        sold = [(life, s) for life in self.lives for s in life.sales if month_of(s.at.date()) == month]
        buyers = {life.name: {s.at.date() for one, s in sold if one is life} for life, _ in sold}
        money, orders = Fraction(sum(s.net for _, s in sold)), Fraction(len(sold))
        again = sum(s is not life.sales[0] for life, s in sold)
        new = [life for life in self.lives if life.sales and month_of(life.sales[0].at.date()) == month]
        watched = [life for life in new if life.sales[0].at.date() + timedelta(days=90) <= TODAY]
        back = sum(any(0 < (s.at.date() - life.sales[0].at.date()).days <= 90 for s in life.sales) for life in watched)
        middle = Fraction(str(median(s.net for _, s in sold))) if sold else Fraction(0)
        many = sum(len(days) > 1 for days in buyers.values())
        year = later(month, -11)
        near = [{at.date() for at in (*life.came, *(s.at for s in life.sales))} for life in self.lives]
        lately = [sum(year <= day < later(month, 1) for day in days) for days in near]
        return {
            "repeat_contact_rate": (Fraction(sum(n > 1 for n in lately)), Fraction(sum(n > 0 for n in lately))),
            "average_check": (money, orders),
            "median_check": (middle, orders),
            "revenue": (money, Fraction(1)),
            "repeat_order_share": (Fraction(again), orders),
            "repeat_client_rate": (Fraction(many), Fraction(len(buyers))),
            "orders_per_client": (orders, Fraction(len(buyers))),
            "first_repeat_90d": (Fraction(back), Fraction(len(watched))),
        }

    def of_new_buyers(self, start: date, end: date) -> dict[str, tuple[Fraction, Fraction]]:
        """How far each came within so many days of his first purchase, once those days are over."""
        new = [life for life in self.lives if life.sales and start <= life.sales[0].at.date() < end]

        def bought(life: Life, days: int) -> int | None:
            last = life.sales[0].at.date() + timedelta(days=days)
            return sum(s.at.date() <= last for s in life.sales) if last <= TODAY else None

        early = [n for life in new if (n := bought(life, 90)) is not None]
        later_on = [n for life in new if (n := bought(life, REGULAR_DAYS)) is not None]
        active = Fraction(sum(n >= 2 for n in later_on))
        regular = Fraction(sum(n >= REGULAR_ORDERS for n in later_on))
        return {
            "became_active_90d": (Fraction(sum(n >= 2 for n in early)), Fraction(len(early))),
            "became_regular": (regular, Fraction(len(later_on))),
            "active_became_regular": (regular, active),
        }
