"""What clients are worth, what keeping them costs, and what was saved by keeping them. For those who lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.figures import Counted, Figure, Unit, ratio
from core.models import Company
from reports import queries, worth
from reports.managers.queries import Groups, manager_sums
from reports.reading import Reading, Section, Tile, cell_of, count_cell, money_cell, present
from reports.registry import FIGURES
from reports.sheets import Cell, Table
from reports.wording import Links, Wording, period_label
from reports.worth import GroupWorth, Served, TierPlan, Worth

KEPT = ("grr", "nrr", "repeat_revenue", "average_check")
DEAREST = 10
TITLE = gettext_lazy("Money")


class Money:
    """Everything of one period, asked at once."""

    def __init__(self, view: queries.View, *, mode: str, filters: Mapping[str, str], company: Company) -> None:
        self.asked, self.company = view.asked, company
        [self.period] = view.asked.periods
        self.words, self.filters, self.links = Wording(mode), filters, Links({**filters, "page": "money"})
        self.groups = None if view.asked.segment.given() else manager_sums(view.asked, source=view.source)
        self.counted = self._counted(view, self.groups)
        self.worth: Worth = worth.worth_of_groups(view.asked, source=view.source)
        served, self.dearest = worth.served_by_tier(view.asked, dearest=DEAREST, source=view.source)
        self.cost = worth.cost_to_serve(view.asked, served)
        self.tiers: list[TierPlan] = worth.plan_and_fact(view.asked, served, source=view.source)

    def _counted(self, view: queries.View, groups: Groups | None) -> Counted:
        return groups.of(self.period) if groups else queries.sums(view.asked, source=view.source)[0]

    def reading(self) -> Reading:
        if not (self.worth.average.denominator or self.dearest or queries.figure("active_clients", self.counted).value):
            return Reading(TITLE, period_label(self.period))
        tables = [self._tiers(), *self._dearest()]
        sections = [
            Section(_("What clients have brought"), [self._average()], [*self._segments(), *self._managers()]),
            Section(_("Kept, and growth of what was kept"), [self._figure(key) for key in KEPT]),
            Section(_("What keeping costs, and what it saves"), self._costs(), tables),
        ]
        return Reading(TITLE, period_label(self.period), present(sections))

    # --- worth

    def _average(self) -> Tile:
        definition = FIGURES["ltv_average"]
        url = self.links.who("ltv_average", self.period)
        return Tile(definition.title, definition.meaning, cell_of(self.worth.average, self.words, url=url))

    def _segments(self) -> list[Table]:
        columns = [
            _("Segment"),
            _("Clients"),
            _("Share of clients"),
            _("Brought"),
            _("On average"),
            _("Margin of orders"),
        ]
        everybody = self.worth.average.denominator or 0
        rows = [self._segment(one, int(everybody)) for one in self.worth.segments]
        note = _(
            "What a client has brought to date: valid orders outside contracts and the covered months of contracts."
            " A brought the first 80 %, B the next 15 %, C the rest. Margin is that of the orders whose cost is known."
        )
        return [Table(_("Segments by what clients have brought"), columns, rows, note)] if everybody else []

    def _segment(self, one: GroupWorth, everybody: int) -> list[Cell]:
        url = f"{reverse('reports:money_clients')}?group={one.name}{self.tail}"
        clients = int(one.value.denominator or 0)
        share = ratio(Unit.SHARE, clients, everybody)
        return [
            Cell(one.name, url=url if clients else ""),
            count_cell(clients, self.words, url),
            cell_of(share, self.words, note=""),
            money_cell(float(one.value.numerator or 0), self.words, url if clients else ""),
            cell_of(one.value, self.words, url=url, note=""),
            cell_of(one.margin, self.words, note=""),
        ]

    @property
    def tail(self) -> str:
        return f"&from={self.period.start}&to={self.period.end}{Links(self.filters).tail}"

    def _managers(self) -> list[Table]:
        if self.groups is None:
            return []
        columns = [
            _("Manager"),
            _("Clients"),
            _("Brought on average"),
            _("Margin of orders"),
            _("Average check"),
            _("Revenue"),
        ]
        rows = [self._manager(pk, own) for pk, own in self.worth.managers.items()]
        note = _("Brought: to date, by whose client it is today. Average check and revenue: of the period.")
        return [Table(_("By manager"), columns, rows, note)] if rows else []

    def _manager(self, pk: int, own: GroupWorth) -> list[Cell]:
        assert self.groups is not None
        counted = self.groups.of_manager(self.period, pk)
        links = Links({**self.filters, "manager": own.username, "page": "money"})
        url = links.who("ltv_average", self.period)
        check, revenue = (queries.figure(key, counted) for key in ("average_check", "revenue"))
        return [
            Cell(own.name, url=reverse("reports:manager", args=[own.username]) if own.has_page else ""),
            count_cell(int(own.value.denominator or 0), self.words, url),
            cell_of(own.value, self.words, url=url, note=""),
            cell_of(own.margin, self.words, note=""),
            cell_of(check, self.words, url=links.who("average_check", self.period), note=""),
            money_cell(revenue.value, self.words, links.who("revenue", self.period) if revenue.value else ""),
        ]

    def _figure(self, key: str) -> Tile:
        definition = FIGURES[key]
        cell = cell_of(queries.figure(key, self.counted), self.words, url=self.links.who(key, self.period))
        return Tile(definition.title, definition.meaning, cell)

    # --- costs

    def _costs(self) -> list[Tile]:
        retained = int(queries.figure("retention_rate", self.counted).numerator or 0)
        saved = worth.money_saved(self.asked, cost=self.cost, retained=retained, company=self.company)
        price = saved.extras.get("acquisition_cost")
        return [
            Tile(
                _("Cost to serve"),
                _(
                    "Minutes of the contacts of the period at the cost of the person's hour on that day, by client served."
                ),
                cell_of(self.cost, self.words, url=self.served_url),
            ),
            Tile(
                _("Winning a new client"),
                _("As the company states it; unknown, so many times the cost of serving one. Set in the settings."),
                money_cell(price, self.words, reverse("settings:company")),
            ),
            Tile(
                _("Saved by keeping"),
                _(
                    "Clients kept through the period × what keeping one costs less than winning a new one; never below nought."
                ),
                money_cell(
                    saved.value, self.words, self.links.who("retention_rate", self.period), self._each(saved, retained)
                ),
            ),
        ]

    def _each(self, saved: Figure, retained: int) -> str:
        each = saved.extras.get("each")
        if each is None:
            return _("no cost of an hour is known yet")
        return _("%(clients)s × %(each)s") % {"clients": retained, "each": self.words.value(Unit.MONEY, each)}

    @property
    def served_url(self) -> str:
        return f"{reverse('reports:money_served')}?{self.tail.lstrip('&')}"

    def _tiers(self) -> Table:
        columns = [
            _("Tier"),
            _("Active clients"),
            _("Fact, a client and month"),
            _("By plan"),
            _("Variance"),
            _("Without cost"),
        ]
        note = _(
            "Contacts without minutes, or of people the cost of whose hour nobody has stated, are left out and counted."
        )
        return Table(_("Cost to serve: plan and fact by tier"), columns, [self._tier(one) for one in self.tiers], note)

    def _tier(self, one: TierPlan) -> list[Cell]:
        plan = None if one.plan is None else float(one.plan)
        variance = ratio(Unit.SHARE, Decimal(str(one.variance or 0)), 0 if one.variance is None else 1)
        url = f"{reverse('reports:money_served')}?tier={one.tier}{_without(self.tail, 'tier')}"
        unknown = one.fact.excluded.get("without_cost", 0)
        return [
            Cell(one.tier, url=url),
            count_cell(int(one.fact.extras.get("clients") or 0), self.words),
            cell_of(one.fact, self.words, url=url, note=""),
            money_cell(plan, self.words, reverse("renewals:settings")),
            cell_of(variance, self.words, note=""),
            count_cell(unknown, self.words, url),
        ]

    def _dearest(self) -> list[Table]:
        return [served_table(self.dearest, self.words, url=self.served_url)] if self.dearest else []


def _without(tail: str, name: str) -> str:
    return "".join(f"&{part}" for part in tail.split("&") if part and not part.startswith(f"{name}="))


def served_table(rows: Sequence[Served], words: Wording, url: str = "") -> Table:
    columns = [_("Client"), _("Tier"), _("Contacts"), _("Minutes"), _("Cost to serve")]
    cells = [
        [
            Cell(row.name, url=reverse("clients:card", args=[row.client_id])),
            Cell(row.tier),
            count_cell(row.contacts, words),
            count_cell(row.minutes, words),
            money_cell(float(row.cost) if row.contacts > row.unknown else None, words),
        ]
        for row in rows
    ]
    return Table(_("What serving each client costs"), columns, cells, url=url)


def clients_table(
    rows: Sequence[worth.Brought], names: Mapping[int, str], paid: Mapping[int, int], words: Wording, *, priced: bool
) -> Table:
    columns = [_("Client"), _("Segment"), _("Brought"), _("Margin of orders"), _("Paid for being won")]
    cells = [
        [
            Cell(names[row.client_id], url=reverse("clients:card", args=[row.client_id])),
            Cell(row.segment),
            money_cell(float(row.money), words),
            money_cell(float(row.margin) if row.orders_with_cost else None, words),
            _payback(paid.get(row.client_id), priced=priced),
        ]
        for row in rows
        if row.client_id in names
    ]
    return Table(_("What each client has brought"), columns, cells)


def _payback(month: int | None, *, priced: bool) -> Cell:
    if not priced:
        return Cell("—")
    return Cell(_("not yet")) if month is None else Cell(_("month %(number)s") % {"number": month}, float(month), "0")
