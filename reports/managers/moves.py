"""Clients that changed hands: one statement of who took over from whom, and when."""

from __future__ import annotations

CHANGE_DAYS = 90

MOVE = """
    SELECT c.assignment_id AS id, c.client_id, c.from_id, c.to_id, (c.started_at AT TIME ZONE %(zone)s)::date AS day
    FROM reports_ownerchange c WHERE c.started_at >= %(start)s::date::timestamp AT TIME ZONE %(zone)s
        AND c.started_at < %(end)s::date::timestamp AT TIME ZONE %(zone)s AND c.started_at <= %(moment)s
"""
