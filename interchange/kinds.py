"""The interchange files: which columns each has, how a cell is read and which rows make no sense.

Names and order are fixed for people and other programs; see docs/interchange.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from clients import metrics as clients_metrics
from clients.enums import Channel, ClientKind, OrderStatus
from core.enums import AddressForm
from core.figures import Unit, registry
from core.inn import bare, inn_problem, kpp_problem
from core.phones import PhoneError, normalize_phone
from feedback import metrics as feedback_metrics
from feedback.enums import About, Scale
from interchange import cells
from interchange.cells import CellError, Parser
from retention import metrics as retention_metrics
from retention.enums import FreezeOutcome, StopKind, StopReason
from staff.enums import Role
from work.enums import CallOutcome, TouchKind

Values = Mapping[str, str | None]
RowRule = Callable[[Values], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Column:
    """``sql_type`` is the column's type in the staging table."""

    name: str
    parse: Parser
    sql_type: str = "text"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One file. ``key`` is the column by which a row is updated instead of doubled; ``beside`` completes it."""

    name: str
    key: str
    columns: tuple[Column, ...]
    rule: RowRule = lambda _values: None
    beside: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)


def _one_of(allowed: type[TextChoices]) -> Parser:
    return cells.choice(frozenset(allowed.values), ", ".join(allowed.values))


def _roles(cell: str) -> str:
    value = cells.codes(cell.lower())
    for role in value.split(";"):
        if role and role not in Role.values:
            raise CellError(
                _("unknown role %(role)s, expected: %(allowed)s") % {"role": role, "allowed": ", ".join(Role.values)}
            )
    return value


def _phones(cell: str) -> str:
    """Order is kept: the first number is the one to call. An extension follows its number as ``;ext=12``."""
    numbers: list[str] = []
    for part in (piece.strip() for piece in cells.unescape_cell(cell).split(";")):
        if part.startswith("ext=") and numbers:
            numbers[-1] += f";{part}"
        elif part:
            numbers.append(part)
    try:
        return ";".join(dict.fromkeys(normalize_phone(number) for number in numbers))
    except PhoneError as error:
        raise CellError(str(error.detail)) from error


def _inn(cell: str) -> str:
    if (problem := inn_problem(bare(cell))) is not None:
        raise CellError(problem)
    return bare(cell)


def _kpp(cell: str) -> str:
    if (problem := kpp_problem(bare(cell))) is not None:
        raise CellError(problem)
    return bare(cell)


def _client_rule(values: Values) -> tuple[str, str] | None:
    """As the card asks it. Where the file names no kind the client keeps the one he has, so the length says nothing."""
    kind, inn, kpp = values.get("kind"), values.get("inn"), values.get("kpp")
    if kind:
        legal = kind == ClientKind.LEGAL
        if inn and (problem := inn_problem(inn, legal=legal)) is not None:
            return "inn", problem
        if kpp and (problem := kpp_problem(kpp, legal=legal)) is not None:
            return "kpp", problem
    return None


def _contract_rule(values: Values) -> tuple[str, str] | None:
    starts, ends, terminated = values.get("starts_on"), values.get("ends_on"), values.get("terminated_on")
    if starts and ends and ends < starts:
        return "ends_on", _("the last day is before the first")
    if starts and terminated and terminated < starts:
        return "terminated_on", _("terminated before the first day")
    return None


def _order_rule(values: Values) -> tuple[str, str] | None:
    amount, refunded = values.get("amount"), values.get("refunded_amount")
    if amount and refunded and float(refunded) > float(amount):
        return "refunded_amount", _("more was refunded than paid")
    return None


def _stop_rule(values: Values) -> tuple[str, str] | None:
    stopped, expected, ended = values.get("stopped_on"), values.get("expected_end"), values.get("ended_on")
    if bool(values.get("outcome")) != bool(ended):
        return "ended_on" if not ended else "outcome", _("an outcome and its day go together")
    if stopped and expected and expected < stopped:
        return "expected_end", _("the project would resume before it stopped")
    if stopped and ended and ended < stopped:
        return "ended_on", _("the stop ended before it began")
    return None


_SCORE_RANGES = {Scale.CSAT10: (1, 10), Scale.CSAT5: (1, 5), Scale.NPS: (0, 10), Scale.CES: (1, 7)}


def _survey_rule(values: Values) -> tuple[str, str] | None:
    scale, score = values.get("scale"), values.get("score")
    if scale and score:
        least, most = _SCORE_RANGES[Scale(scale)]
        if not least <= float(score) <= most:
            return "score", _("expected a score from %(least)d to %(most)d") % {"least": least, "most": most}
    return None


_KEY = Column("external_id", cells.line_text(100), required=True)
_OF_CLIENT = Column("client_external_id", cells.line_text(100), required=True)
_PRODUCT_CODES = Column("product_codes", cells.codes)

_USERS = Kind(
    "users",
    "username",
    (
        Column("username", cells.line_text(150), required=True),
        Column("name", cells.line_text(200), required=True),
        Column("email", cells.email),
        Column("roles", _roles),
        Column("phone", cells.line_text(32)),
        Column("timezone", cells.time_zone),
    ),
)
_PRODUCTS = Kind(
    "products",
    "code",
    (
        Column("code", cells.line_text(64), required=True),
        Column("name", cells.line_text(200), required=True),
        Column("category", cells.line_text(120)),
        Column("complex", cells.yes_no, "boolean"),
        Column("price", cells.money, "numeric"),
        Column("cost", cells.money, "numeric"),
    ),
)
_CLIENTS = Kind(
    "clients",
    "external_id",
    (
        _KEY,
        Column("name", cells.line_text(300), required=True),
        Column("kind", _one_of(ClientKind)),
        Column("inn", _inn),
        Column("kpp", _kpp),
        Column("tier", cells.tier),
        Column("industry", cells.line_text(120)),
        Column("region", cells.line_text(120)),
        Column("timezone", cells.time_zone),
        Column("manager", cells.line_text(150)),
        Column("parent_external_id", cells.line_text(100)),
        Column("created_on", cells.day, "date"),
    ),
    _client_rule,
)
_CONTACTS = Kind(
    "contacts",
    "external_id",
    (
        _KEY,
        _OF_CLIENT,
        Column("name", cells.line_text(200), required=True),
        Column("position", cells.line_text(120)),
        Column("email", cells.email),
        Column("phones", _phones),
        Column("greeting", cells.line_text(120)),
        Column("address_form", _one_of(AddressForm)),
        Column("tone", cells.line_text(120)),
        Column("channel", _one_of(Channel)),
        Column("hours", cells.line_text(120)),
        Column("is_primary", cells.yes_no, "boolean"),
    ),
)
_CONTRACTS = Kind(
    "contracts",
    "external_id",
    (
        _KEY,
        _OF_CLIENT,
        Column("number", cells.line_text(64)),
        Column("signed_on", cells.day, "date", required=True),
        Column("starts_on", cells.day, "date", required=True),
        Column("ends_on", cells.day, "date"),
        Column("amount", cells.money, "numeric", required=True),
        Column("prolongation_months", cells.integer(1, 600), "integer"),
        Column("notice_days", cells.integer(0, 3650), "integer"),
        Column("terminated_on", cells.day, "date"),
        _PRODUCT_CODES,
    ),
    _contract_rule,
)


def _orders(moment: Parser) -> Kind:
    return Kind(
        "orders",
        "external_id",
        (
            _KEY,
            _OF_CLIENT,
            Column("ordered_at", moment, "timestamptz", required=True),
            Column("completed_at", moment, "timestamptz"),
            Column("status", _one_of(OrderStatus), required=True),
            Column("amount", cells.money, "numeric", required=True),
            Column("refunded_amount", cells.money, "numeric"),
            Column("refunded_on", cells.day, "date"),
            Column("cost", cells.money, "numeric"),
            _PRODUCT_CODES,
            Column("contract_external_id", cells.line_text(100)),
        ),
        _order_rule,
    )


def _touches(moment: Parser) -> Kind:
    return Kind(
        "touches",
        "external_id",
        (
            _KEY,
            _OF_CLIENT,
            Column("kind", _one_of(TouchKind)),
            Column("happened_at", moment, "timestamptz", required=True),
            Column("user", cells.line_text(150)),
            Column("minutes", cells.integer(0, 1440), "integer"),
            Column("outcome", _one_of(CallOutcome)),
            Column("note", cells.line_text(10_000)),
        ),
    )


_STOPS = Kind(
    "stops",
    "external_id",
    (
        _KEY,
        _OF_CLIENT,
        Column("kind", _one_of(StopKind)),
        Column("stopped_on", cells.day, "date", required=True),
        Column("reason", _one_of(StopReason)),
        Column("words", cells.line_text(10_000)),
        Column("expected_end", cells.day, "date"),
        Column("outcome", _one_of(FreezeOutcome)),
        Column("ended_on", cells.day, "date"),
    ),
    _stop_rule,
)


def _surveys(moment: Parser) -> Kind:
    return Kind(
        "surveys",
        "external_id",
        (
            _KEY,
            _OF_CLIENT,
            Column("scale", _one_of(Scale), required=True),
            Column("about", _one_of(About)),
            Column("answered_at", moment, "timestamptz", required=True),
            Column("score", cells.score, "numeric", required=True),
            Column("comment", cells.line_text(10_000)),
        ),
        _survey_rule,
    )


#: Figures of whose past a company can tell, and which of them are shares.
TOLD = registry(clients_metrics.FIGURES, retention_metrics.FIGURES, feedback_metrics.FIGURES)
SHARES = frozenset(key for key, one in TOLD.items() if one.unit is Unit.SHARE)


def _rate_rule(values: Values) -> tuple[str, str] | None:
    """85 means 85 %. What may be meant as a coefficient is asked back."""
    value = values.get("value") or ""
    if values.get("metric") not in SHARES:
        return ("value", _("this figure is no share: leave the sign of per cent out")) if value.endswith("%") else None
    number = float(value.removesuffix("%") or 0)
    if not 0 <= number <= 1000:
        return "value", _("a share lies between 0 and 100 per cent")
    if 0 < number < 1 and not value.endswith("%"):
        return "value", _(
            "a share is written in per cent: 35 and not 0.35; for less than one per cent add the sign of per cent"
        )
    return None


_RATES = Kind(
    "rates",
    "metric",
    (
        Column("metric", cells.choice(frozenset(TOLD), ", ".join(TOLD)), required=True),
        Column("month", cells.month, "date", required=True),
        Column("value", cells.told, required=True),
        Column("source", cells.line_text(200)),
    ),
    _rate_rule,
    beside=("month",),
)


@cache
def kinds(zone_name: str) -> dict[str, Kind]:
    """Every kind by name, in the order in which files are taken. Times without offset are of that zone."""
    moment = cells.moment(ZoneInfo(zone_name))
    listed = (_USERS, _PRODUCTS, _CLIENTS, _CONTACTS, _CONTRACTS, _orders(moment))
    later = (_touches(moment), _surveys(moment), _STOPS, _RATES)
    return {kind.name: kind for kind in (*listed, *later)}


#: Names of the files, in their order.
EXPORTED = ("users", "products", "clients", "contacts", "contracts", "orders", "touches", "surveys", "stops", "rates")
