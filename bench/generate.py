"""A department of any size by set-based SQL: clients, owners, contracts and orders, the same each time."""

from __future__ import annotations

from django.db import connection

STATEMENTS = (
    "SET LOCAL session_replication_role = replica",
    """
    INSERT INTO staff_user (password, username, email, name, roles, is_active, is_superuser, photo, phone, extension,
        timezone, language, theme, created_at, updated_at, version)
    SELECT '', 'bench' || n, '', 'Менеджер ' || n, ARRAY['am'], true, false, '', '', '', 'Europe/Moscow', 'ru', 'auto',
        now(), now(), 1
    FROM generate_series(1, 20) n
    """,
    """
    INSERT INTO clients_client (external_id, name, kind, inn, kpp, tier, timezone, created_on, source, created_at,
        updated_at, version)
    SELECT 'bench-' || n, 'ООО «Клиент ' || n || '»', 'legal', '', '', (ARRAY['A', 'B', 'C'])[1 + n %% 3],
        'Europe/Moscow', current_date - 1500, 'import', now(), now(), 1
    FROM generate_series(1, %(clients)s) n
    """,
    """
    INSERT INTO clients_assignment (client_id, user_id, state, reason, note, to_distribute, started_at)
    SELECT c.id, u.first + c.id %% 20, 'active', 'import', '', false, now() - interval '1500 days'
    FROM clients_client c, (SELECT min(id) AS first FROM staff_user WHERE username LIKE 'bench%%') u
    WHERE c.external_id LIKE 'bench-%%'
    """,
    """
    INSERT INTO clients_contract (external_id, client_id, number, signed_on, starts_on, ends_on, amount, source,
        created_at, updated_at, version)
    SELECT 'bench-' || c.id || '-' || k, c.id, '', d.first, d.first, d.first + 364, 12000 + (c.id * 37) %% 90000,
        'import', now(), now(), 1
    FROM clients_client c CROSS JOIN generate_series(0, 2) k
    CROSS JOIN LATERAL (SELECT current_date - 1200 + k * 365 + (c.id * 13 %% 200 + k * (c.id %% 4) * 12)::int AS first) d
    WHERE c.external_id LIKE 'bench-%%'
    """,
    """
    INSERT INTO clients_order (external_id, client_id, ordered_at, completed_at, status, amount, refunded_amount,
        source, created_at, updated_at, version)
    SELECT 'bench-' || c.id || '-' || k, c.id, t.at, t.at, 'completed', 500 + (c.id * 91 + k * 7919) %% 60000, 0,
        'import', now(), now(), 1
    FROM clients_client c CROSS JOIN generate_series(1, %(each)s) k
    CROSS JOIN LATERAL (SELECT now() - ((c.id * 17 + k * k * 31 + k * 97) %% 1400) * interval '1 day' AS at) t
    WHERE c.external_id LIKE 'bench-%%'
    """,
)


def generate(*, clients: int = 100_000, orders_each: int = 10) -> None:
    """Runs inside the caller's transaction; triggers stay quiet, so derive the facts afterwards."""
    with connection.cursor() as cursor:
        for sql in STATEMENTS:
            cursor.execute(sql, {"clients": clients, "each": orders_each})
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE clients_client, clients_assignment, clients_contract, clients_order")
