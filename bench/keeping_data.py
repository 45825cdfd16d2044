"""What a department of years has beside clients and orders: opinions, answers, complaints, stops, refusals, win-backs."""

from __future__ import annotations

import time

from django.db import connection, transaction
from django.utils.timezone import now

from bench.setup import say
from core.sweeps import sweep_named
from retention.services.renewals import open_renewals

FILLING = 1001  # beside the number of ``generate``; another one fills anew

ANSWERS = """
INSERT INTO feedback_surveyresponse (created_at, updated_at, external_id, scale, about, answered_at, score, comment,
    client_id, recommendation)
SELECT now(), now(), 'b-' || i, CASE i % 3 WHEN 0 THEN 'nps' WHEN 1 THEN 'csat5' ELSE 'csat10' END, 'company',
    now() - i % 700 * interval '1 day' - interval '1 hour',
    CASE i % 3 WHEN 1 THEN 1 + (i / 3) % 5 ELSE 10 - (i / 3) % 4 - CASE WHEN i % 11 = 0 THEN 5 ELSE 0 END END, '',
    1 + (i * 7919) % n, ''
FROM (SELECT count(*) AS n FROM clients_client) c, generate_series(1, c.n) i;
INSERT INTO feedback_complaint (created_at, updated_at, version, category, what_happened, opened_at, deadline, state,
    resolution, resolved_at, client_id, responsible_id)
SELECT now(), now(), 1, 'other', 'Задержали', d, d + interval '2 days', CASE WHEN i % 9 = 0 THEN 'open' ELSE 'resolved' END,
    CASE WHEN i % 9 = 0 THEN '' ELSE 'Сделали' END, CASE WHEN i % 9 > 0 THEN d + interval '1 day' END, s.client_id, s.owner_id
FROM (SELECT i, now() - i % 600 * interval '1 day' - interval '2 days' AS d, 1 + (i * 104729) % n AS client_id
      FROM (SELECT count(*) AS n FROM clients_client) c, generate_series(1, c.n / 20) i) q
JOIN clients_clientstanding s USING (client_id);
"""
STOPS = """
INSERT INTO retention_freeze (created_at, updated_at, version, external_id, kind, stopped_on, reason, words, expected_end,
    outcome, ended_on, source, client_id, request_digest, told_at)
SELECT now(), now(), 1, 'b-' || i, 'frozen', current_date - 30 - (i % 500)::int, 'budget', '', NULL,
    CASE WHEN i % 10 = 0 THEN '' WHEN i % 5 = 0 THEN 'left' ELSE 'resumed' END,
    CASE WHEN i % 10 > 0 THEN current_date - (i % 500)::int END, 'import', i * 13, '', now()
FROM (SELECT count(*) AS n FROM clients_client) c, generate_series(1, c.n / 50) i;
"""
REFUSALS = """
INSERT INTO retention_refusal (created_at, updated_at, version, refused_on, monthly_value, stated_words, tried,
    established_at, client_id, contract_id, established_by_id, owner_id, established_reason_id, stated_reason_id)
SELECT now(), now(), 1, k.ends + 31, k.amount / 12, 'Дорого', '', CASE WHEN s.client_id % 2 = 0 THEN now() END, s.client_id, k.id,
    CASE WHEN s.client_id % 2 = 0 THEN h.id END, s.owner_id, CASE WHEN s.client_id % 2 = 0 THEN r.ids[1 + s.client_id % cardinality(r.ids)] END,
    r.ids[1 + (s.client_id / 7) % cardinality(r.ids)]
FROM clients_clientstanding s
CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM retention_refusalreason) r
CROSS JOIN (SELECT id FROM staff_user WHERE username = 'bench-7') h
JOIN LATERAL (SELECT id, ends, amount FROM clients_contract k WHERE k.client_id = s.client_id ORDER BY ends DESC LIMIT 1) k
  ON k.ends < current_date - 40
WHERE s.client_id % 3 = 0;
INSERT INTO retention_exitinterview (created_at, updated_at, version, due_on, held_at, declined, liked, missed,
    turning_point, would_return, interviewer_id, owner_id, refusal_id)
SELECT now(), now(), 1, f.refused_on + 3, f.established_at, false, '', '', '', '', h.id, f.owner_id, f.id
FROM retention_refusal f CROSS JOIN (SELECT id FROM staff_user WHERE username = 'bench-7') h;
INSERT INTO retention_retro (created_at, updated_at, version, first_sign, could_have, will_change, done_at, due_on,
    written_by_id, written_at, refusal_id, responsible_id)
SELECT now(), now(), 1, 'Реже заказывали', 'Позвонить раньше', 'Звонить через месяц',
    CASE WHEN f.id % 3 = 0 THEN now() END, current_date + 10, f.owner_id, now(), f.id, f.owner_id
FROM retention_refusal f WHERE f.id % 10 = 0;
"""
WIN_BACKS = """
INSERT INTO retention_trustcampaign (created_at, updated_at, version, name, segments, starts_on,
    ends_on, offer, goal)
SELECT now(), now(), 1, 'Вернуть доверие ' || i, '{refused,silent}', current_date - 60 * i, current_date - 60 * i + 90, 'Скидка 10 %', 100
FROM generate_series(1, 5) i;
INSERT INTO retention_winback (created_at, updated_at, version, segment, stage, opened_on, offer, next_step_on, outcome,
    note, closed_at, assignee_id, campaign_id, client_id, lost_reason_id)
SELECT now(), now(), 1, CASE q.i % 4 WHEN 0 THEN 'silent' WHEN 1 THEN 'low_score' ELSE 'refused' END,
    (ARRAY['new', 'talking', 'offered', 'trying'])[1 + q.i % 4], current_date - (q.i % 200)::int, '',
    CASE WHEN q.i % 3 = 0 THEN current_date + (q.i % 20)::int - 5 END, CASE WHEN q.i % 2 = 0 THEN 'lost' ELSE '' END, '',
    CASE WHEN q.i % 2 = 0 THEN now() - q.i % 100 * interval '1 day' END, s.owner_id,
    CASE WHEN q.i % 3 > 0 THEN (SELECT min(id) FROM retention_trustcampaign) + q.i % 5 END, s.client_id,
    CASE WHEN q.i % 2 = 0 THEN (SELECT min(id) FROM retention_refusalreason) END
FROM (SELECT i FROM (SELECT count(*) AS n FROM clients_client) c, generate_series(1, c.n / 10) i) q
JOIN clients_clientstanding s ON s.client_id = q.i * 7;
"""
OPINIONS = """
UPDATE retention_renewal SET opinion = (ARRAY['likely', 'unsure', 'unlikely'])[1 + id % 3], opinion_note = 'Так сказали',
    opinion_by_id = (SELECT min(id) FROM staff_user), opinion_at = now(),
    stage = (ARRAY['planned', 'talking', 'offered', 'agreed'])[1 + id % 4]
WHERE outcome = '' AND id % 5 > 0;
INSERT INTO retention_annotation (created_at, updated_at, version, day, kind, text)
SELECT now(), now(), 1, current_date - 100 * i, 'other', 'Изменение ' || i FROM generate_series(1, 6) i;
"""


def _step(title: str, sql: str) -> None:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(sql)
    say(f"  {title}: {time.perf_counter() - started:.0f} s")


#: What derives something from what is there; the other sweeps plan and send.
DERIVING = (
    "retention.watch_attention",
    "retention.keep_leaving",
    "retention.refresh_signals",
    "retention.count_renewals",
    "retention.add_up_leaving",
    "reports.refresh_facts",
    "reports.add_up_work",
)


def fill_keeping() -> None:
    """Also what is derived, where other parts or a newer product left something to do."""
    if not _is_filled():
        open_renewals(now=now())
        with transaction.atomic():
            _step("answers and complaints", ANSWERS)
            _step("stops", STOPS)
            _step("refusals", REFUSALS)
            _step("win-backs", WIN_BACKS)
            _step("opinions, annotations", OPINIONS)
            _step("noted", f"INSERT INTO bench_filling VALUES ({FILLING})")
    for name in DERIVING:
        sweep_named(name).function()(now=now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _is_filled() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM bench_filling WHERE number = %s", [FILLING])
        return cursor.fetchone() is not None
