"""Contracts, orders and what clients said."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from clients.models import Contract, Order
from feedback.enums import About
from feedback.models import SurveyResponse
from interchange.loaders.base import (
    CLIENT,
    IMPORTED,
    UNKNOWN_CLIENT,
    Check,
    Chunk,
    Hook,
    Loader,
    Present,
    note_changed,
    only,
    run_sql,
)
from interchange.staging import TABLE
from interchange.upserts import Target

UNKNOWN_PRODUCT = Check(
    "product_codes",
    _("there is no product with such a code"),
    "s.product_codes IS NOT NULL AND EXISTS (SELECT FROM unnest(string_to_array(s.product_codes, ';')) AS wanted (code)"
    " WHERE NOT EXISTS (SELECT FROM clients_product p WHERE p.code = wanted.code))",
)


def _products_before(table: str, kind: str) -> Hook:
    through, owner = f"{table}_products", f"{kind[:-1]}_id"

    def before(chunk: Chunk) -> None:
        note_changed(
            chunk,
            "product_codes",
            f'SELECT t.id AS object_id, coalesce((SELECT jsonb_agg(p.code ORDER BY p.code COLLATE "C") FROM {through} l'
            f" JOIN clients_product p ON p.id = l.product_id WHERE l.{owner} = t.id), '[]') AS before,"
            " coalesce(to_jsonb(string_to_array(s.product_codes, ';')), '[]') AS wanted"
            f" FROM {TABLE} s JOIN {table} t ON t.external_id = s.external_id",
            kind,
        )

    return before


def _products_after(table: str, kind: str) -> Hook:
    through, owner = f"{table}_products", f"{kind[:-1]}_id"

    def after(chunk: Chunk) -> None:
        if "product_codes" not in chunk.present:
            return
        run_sql(f"DELETE FROM {through} WHERE {owner} IN (SELECT object_id FROM interchange_changed)")
        run_sql(
            f"INSERT INTO {through} ({owner}, product_id)"
            f" SELECT t.id, p.id FROM {TABLE} s JOIN {table} t ON t.external_id = s.external_id,"
            " unnest(string_to_array(s.product_codes, ';')) AS wanted (code) JOIN clients_product p ON p.code = wanted.code"
            " WHERE s.ordinal BETWEEN %s AND %s AND s.product_codes IS NOT NULL ON CONFLICT DO NOTHING",
            chunk.first,
            chunk.last,
        )

    return after


def _contracts(present: Present) -> Target:
    plain = (
        "number",
        "signed_on",
        "starts_on",
        "ends_on",
        "amount",
        "prolongation_months",
        "notice_days",
        "terminated_on",
    )
    values = only(
        present,
        {
            "external_id": ("external_id", "s.external_id"),
            "client_external_id": ("client_id", "c.id"),
            **{name: (name, f"s.{name}") for name in plain},
            "number": ("number", "coalesce(s.number, '')"),
        },
    )
    also = "clients_contract.id IN (SELECT object_id FROM interchange_changed)"
    return Target(Contract, "external_id", values, IMPORTED, CLIENT, also)


def _orders(present: Present) -> Target:
    plain = ("ordered_at", "completed_at", "status", "amount", "refunded_on", "cost")
    values = only(
        present,
        {
            "external_id": ("external_id", "s.external_id"),
            "client_external_id": ("client_id", "c.id"),
            "contract_external_id": ("contract_id", "k.id"),
            "refunded_amount": ("refunded_amount", "coalesce(s.refunded_amount, 0)"),
            **{name: (name, f"s.{name}") for name in plain},
        },
    )
    joins = f"{CLIENT} LEFT JOIN clients_contract k ON k.external_id = s.contract_external_id"
    also = "clients_order.id IN (SELECT object_id FROM interchange_changed)"
    return Target(Order, "external_id", values, IMPORTED, joins, also)


CONTRACTS = Loader(
    _contracts,
    (UNKNOWN_CLIENT, UNKNOWN_PRODUCT),
    _products_before("clients_contract", "contracts"),
    _products_after("clients_contract", "contracts"),
)
ORDERS = Loader(
    _orders,
    (
        UNKNOWN_CLIENT,
        UNKNOWN_PRODUCT,
        Check(
            "contract_external_id",
            _("this client has no contract with this external_id"),
            "s.contract_external_id IS NOT NULL AND NOT EXISTS (SELECT FROM clients_contract k"
            " JOIN clients_client c ON c.id = k.client_id"
            " WHERE k.external_id = s.contract_external_id AND c.external_id = s.client_external_id)",
        ),
    ),
    _products_before("clients_order", "orders"),
    _products_after("clients_order", "orders"),
)


def _surveys(present: Present) -> Target:
    values = only(
        present,
        {
            "external_id": ("external_id", "s.external_id"),
            "client_external_id": ("client_id", "c.id"),
            "scale": ("scale", "s.scale"),
            "about": ("about", f"coalesce(s.about, '{About.COMPANY.value}')"),
            "answered_at": ("answered_at", "s.answered_at"),
            "score": ("score", "s.score"),
            "comment": ("comment", "coalesce(s.comment, '')"),
        },
    )
    return Target(SurveyResponse, "external_id", values, {}, CLIENT)


SURVEYS = Loader(_surveys, (UNKNOWN_CLIENT,))
