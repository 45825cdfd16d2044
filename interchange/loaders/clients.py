"""Clients with their owners, contacts with their phones."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clients.enums import AssignmentReason, AssignmentState, ClientKind
from clients.models import Client, Contact
from core.enums import AddressForm, Tier
from interchange.loaders.base import (
    CLIENT,
    IMPORTED,
    UNKNOWN_CLIENT,
    Check,
    Chunk,
    Loader,
    Present,
    ensure_names,
    note_changed,
    only,
    run_sql,
)
from interchange.staging import TABLE
from interchange.upserts import Target


def _clients(present: Present) -> Target:
    values = only(
        present,
        {
            "external_id": ("external_id", "s.external_id"),
            "name": ("name", "s.name"),
            "kind": ("kind", f"coalesce(s.kind, '{ClientKind.LEGAL.value}')"),
            "inn": ("inn", "coalesce(s.inn, '')"),
            "kpp": ("kpp", "coalesce(s.kpp, '')"),
            "tier": ("tier", f"coalesce(s.tier, '{Tier.B.value}')"),
            "industry": ("industry_id", "i.id"),
            "region": ("region_id", "r.id"),
            "timezone": ("timezone", f"coalesce(s.timezone, '{settings.TIME_ZONE}')"),
            "parent_external_id": ("parent_id", "p.id"),
            "created_on": ("created_on", f"coalesce(s.created_on, (now() AT TIME ZONE '{settings.TIME_ZONE}')::date)"),
        },
    )
    joins = (
        "LEFT JOIN clients_industry i ON i.name = s.industry LEFT JOIN clients_region r ON r.name = s.region"
        " LEFT JOIN clients_client p ON p.external_id = s.parent_external_id"
    )
    return Target(Client, "external_id", values, IMPORTED, joins)


def _before_clients(chunk: Chunk) -> None:
    ensure_names("industry", "clients_industry", chunk)
    ensure_names("region", "clients_region", chunk)


def _after_clients(chunk: Chunk) -> None:
    """Every client has an owner from its first minute; a named manager takes over from whoever had it."""
    bounds = (chunk.first, chunk.last)
    if "manager" in chunk.present:
        run_sql(
            "UPDATE clients_assignment a SET ended_at = greatest(%s, a.started_at)"
            f" FROM {TABLE} s JOIN clients_client c ON c.external_id = s.external_id"
            " JOIN staff_user u ON u.username = s.manager"
            " WHERE a.client_id = c.id AND a.ended_at IS NULL AND a.user_id <> u.id AND s.ordinal BETWEEN %s AND %s",
            chunk.now,
            *bounds,
        )
    run_sql(
        "INSERT INTO clients_assignment (client_id, user_id, state, reason, note, to_distribute, started_at)"
        " SELECT c.id, coalesce(u.id, %s), %s, CASE WHEN u.id IS NULL THEN %s ELSE %s END, '', u.id IS NULL,"
        " CASE WHEN EXISTS (SELECT FROM clients_assignment e WHERE e.client_id = c.id) THEN %s"
        " ELSE least(%s, c.created_on::timestamp AT TIME ZONE %s) END"
        f" FROM {TABLE} s JOIN clients_client c ON c.external_id = s.external_id"
        " LEFT JOIN staff_user u ON u.username = s.manager"
        " WHERE s.ordinal BETWEEN %s AND %s"
        " AND NOT EXISTS (SELECT FROM clients_assignment a WHERE a.client_id = c.id AND a.ended_at IS NULL)",
        chunk.fallback_owner_id,
        AssignmentState.ACTIVE.value,
        AssignmentReason.NOBODY.value,
        AssignmentReason.IMPORT.value,
        chunk.now,
        chunk.now,
        settings.TIME_ZONE,
        *bounds,
    )
    # Each alias says that its number is not empty, or the index of the numbers in use serves none of them.
    run_sql(
        "UPDATE clients_client c SET possible_duplicate_of_id = d.id"
        f" FROM {TABLE} s, clients_client d"
        " WHERE c.external_id = s.external_id AND s.ordinal BETWEEN %s AND %s AND c.inn <> '' AND d.inn = c.inn"
        " AND d.inn <> '' AND d.id = (SELECT min(o.id) FROM clients_client o WHERE o.inn = c.inn AND o.inn <> '')"
        " AND d.id <> c.id"
        " AND c.possible_duplicate_of_id IS DISTINCT FROM d.id",
        *bounds,
    )


CLIENTS = Loader(
    _clients,
    (
        Check(
            "manager",
            _("there is no user with this name"),
            "s.manager IS NOT NULL AND NOT EXISTS (SELECT FROM staff_user u WHERE u.username = s.manager)",
        ),
        Check("parent_external_id", _("a client can't be its own parent"), "s.parent_external_id = s.external_id"),
        Check(
            "parent_external_id",
            _("there is no client with this external_id"),
            "s.parent_external_id IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM clients_client c WHERE c.external_id = s.parent_external_id)"
            f" AND NOT EXISTS (SELECT FROM {TABLE} o WHERE o.external_id = s.parent_external_id)",
        ),
        Check(
            "parent_external_id",
            _("the parents form a circle"),
            f"""s.parent_external_id IS NOT NULL AND s.external_id IN (
                WITH RECURSIVE edges AS (
                    SELECT o.external_id AS child, o.parent_external_id AS parent FROM {TABLE} o
                    WHERE o.parent_external_id IS NOT NULL
                    UNION ALL
                    SELECT c.external_id, p.external_id FROM clients_client c JOIN clients_client p ON p.id = c.parent_id
                    WHERE NOT EXISTS (SELECT FROM {TABLE} o WHERE o.external_id = c.external_id)
                ), walk (start, node) AS (
                    SELECT child, parent FROM edges
                    UNION
                    SELECT w.start, e.parent FROM walk w JOIN edges e ON e.child = w.node WHERE w.start <> w.node
                )
                SELECT start FROM walk WHERE start = node
            )""",
        ),
    ),
    _before_clients,
    _after_clients,
)


def _contacts(present: Present) -> Target:
    values = only(
        present,
        {
            "external_id": ("external_id", "s.external_id"),
            "client_external_id": ("client_id", "c.id"),
            "name": ("name", "s.name"),
            "position": ("position", "coalesce(s.position, '')"),
            "email": ("email", "coalesce(s.email, '')"),
            "greeting": ("greeting", "coalesce(s.greeting, '')"),
            "address_form": ("address_form", f"coalesce(s.address_form, '{AddressForm.VY.value}')"),
            "tone": ("tone", "coalesce(s.tone, '')"),
            "channel": ("channel", "coalesce(s.channel, '')"),
            "hours": ("hours", "coalesce(s.hours, '')"),
            "is_primary": ("is_primary", "coalesce(s.is_primary, false)"),
        },
    )
    also = "clients_contact.id IN (SELECT object_id FROM interchange_changed)" if "phones" in present else "false"
    return Target(Contact, "external_id", values, {}, CLIENT, also)


def _before_contacts(chunk: Chunk) -> None:
    """Phones that will differ are noted; a main contact of the file takes the place of the present one."""
    note_changed(
        chunk,
        "phones",
        "SELECT k.id AS object_id, coalesce((SELECT jsonb_agg(f.number ORDER BY f.position, f.id)"
        " FROM clients_contactphone f WHERE f.contact_id = k.id), '[]') AS before,"
        " coalesce(to_jsonb(string_to_array(s.phones, ';')), '[]') AS wanted"
        f" FROM {TABLE} s JOIN clients_contact k ON k.external_id = s.external_id",
        "contacts",
    )
    if "is_primary" in chunk.present:
        run_sql(
            "UPDATE clients_contact k SET is_primary = false, version = k.version + 1"
            f" FROM {TABLE} s JOIN clients_client c ON c.external_id = s.client_external_id"
            " WHERE s.ordinal BETWEEN %s AND %s AND s.is_primary AND k.client_id = c.id AND k.is_primary"
            " AND k.external_id <> s.external_id",
            chunk.first,
            chunk.last,
        )


def _after_contacts(chunk: Chunk) -> None:
    if "phones" not in chunk.present:
        return
    run_sql("DELETE FROM clients_contactphone WHERE contact_id IN (SELECT object_id FROM interchange_changed)")
    run_sql(
        "INSERT INTO clients_contactphone (contact_id, number, position)"
        f" SELECT k.id, f.number, f.position - 1 FROM {TABLE} s JOIN clients_contact k ON k.external_id = s.external_id,"
        " unnest(string_to_array(s.phones, ';')) WITH ORDINALITY AS f (number, position)"
        " WHERE s.ordinal BETWEEN %s AND %s ON CONFLICT (contact_id, number) DO NOTHING",
        chunk.first,
        chunk.last,
    )


CONTACTS = Loader(
    _contacts,
    (
        UNKNOWN_CLIENT,
        Check(
            "is_primary",
            _("the file names another main contact of this client above"),
            f"s.is_primary AND EXISTS (SELECT FROM {TABLE} o WHERE o.client_external_id = s.client_external_id"
            " AND o.is_primary AND o.line < s.line)",
        ),
    ),
    _before_contacts,
    _after_contacts,
)
