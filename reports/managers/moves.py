"""Clients that changed hands: one statement of who took over from whom, and when."""

from __future__ import annotations

CHANGE_DAYS = 90

#: Who had the client before; the first owner of all took over from nobody.
MOVE = """
    SELECT a.id, a.client_id, p.user_id AS from_id, a.user_id AS to_id, (a.started_at AT TIME ZONE %(zone)s)::date AS day
    FROM clients_assignment a CROSS JOIN LATERAL (
        SELECT b.user_id FROM clients_assignment b
        WHERE b.client_id = a.client_id AND (b.started_at, b.id) < (a.started_at, a.id)
        ORDER BY b.started_at DESC, b.id DESC LIMIT 1
    ) p
    WHERE a.started_at >= %(start)s::date::timestamp AT TIME ZONE %(zone)s
        AND a.started_at < %(end)s::date::timestamp AT TIME ZONE %(zone)s
        AND a.started_at <= %(moment)s AND p.user_id <> a.user_id
"""
