"""A department of a size: clients, contacts, contracts, orders, owners. Set-based and the same each time."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import now

from bench.setup import FILLING, say
from core.sweeps import sweep_named

CLIENTS, CONTRACTS_EACH, ORDERS_EACH = 100_000, 3, 10
MANAGERS = ("Анна Крылова", "Борис Осипов", "Вера Лаптева", "Глеб Сомов", "Дарья Фёдорова", "Егор Чижов")
ORDERS_AT_ONCE = 1_000_000

FUNCTIONS = """
CREATE OR REPLACE FUNCTION pg_temp.h(i bigint, salt bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT hashint8extended(i, salt) & 2147483647 $$;
CREATE OR REPLACE FUNCTION pg_temp.one(words text[], n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT words[1 + n % cardinality(words)] $$;
"""
PEOPLE = """
INSERT INTO staff_user (password, username, email, name, roles, is_active, is_superuser, photo, phone, extension,
                        timezone, language, theme, created_at, updated_at, version)
SELECT '!', 'bench-' || i, 'bench-' || i || '@crm.example', name, roles::varchar[], true, false, '', '', '',
       'Europe/Moscow', 'ru', 'auto', now(), now(), 1
FROM unnest(%(names)s::text[]) WITH ORDINALITY AS m (name, i),
     LATERAL (SELECT CASE WHEN i <= 6 THEN '{am}' WHEN i = 7 THEN '{head}' ELSE '{sales}' END) AS r (roles);
INSERT INTO clients_industry (name) SELECT 'Отрасль ' || i FROM generate_series(1, 12) i;
INSERT INTO clients_region (name) SELECT 'Регион ' || i FROM generate_series(1, 20) i;
INSERT INTO clients_productcategory (name) SELECT 'Категория ' || i FROM generate_series(1, 4) i;
INSERT INTO clients_product (code, name, category_id, is_complex, price, created_at, updated_at, version)
SELECT 'P' || i, 'Услуга ' || i, (SELECT min(id) FROM clients_productcategory) + i %% 4, i %% 3 = 0, 1000 * i, now(), now(), 1
FROM generate_series(1, 20) i;
"""
CLIENT_ROWS = """
INSERT INTO clients_client (id, external_id, name, kind, inn, kpp, tier, industry_id, region_id, timezone, created_on,
                            source, created_at, updated_at, version)
SELECT i, 'b-' || i,
       pg_temp.one('{Северный,Южный,Первый,Новый,Зелёный,Большой,Светлый,Речной,Горный,Морской,Вольный,Тихий}', pg_temp.h(i, 1))
       || ' ' || pg_temp.one('{Дом,Мост,Ключ,Вектор,Берег,Ветер,Город,Завод,Причал,Проект,Строй,Кофе,Маяк,Остров,Полюс,Сад}', pg_temp.h(i, 2))
       || ' ' || i,
       pg_temp.one('{legal,legal,legal,entrepreneur,person}', pg_temp.h(i, 3)),
       CASE WHEN pg_temp.h(i, 4) %% 20 = 0 THEN '' ELSE (7700000000 + i)::text END, '',
       pg_temp.one('{A,B,B,B,C,C,C,C,C,C}', pg_temp.h(i, 5)),
       (SELECT min(id) FROM clients_industry) + pg_temp.h(i, 6) %% 12,
       (SELECT min(id) FROM clients_region) + pg_temp.h(i, 7) %% 20,
       pg_temp.one('{Europe/Moscow,Europe/Moscow,Europe/Moscow,Asia/Yekaterinburg,Asia/Novosibirsk}', pg_temp.h(i, 8)),
       current_date - 60 - (pg_temp.h(i, 9) %% 1600)::int, 'import', now(), now(), 1
FROM generate_series(1, %(clients)s) i;
INSERT INTO clients_assignment (client_id, user_id, state, reason, note, to_distribute, started_at)
SELECT c.id, (SELECT min(id) FROM staff_user WHERE username = 'bench-1') + pg_temp.h(c.id, 10) %% 6, 'active', 'import', '',
       false, c.created_on
FROM clients_client c;
SELECT setval(pg_get_serial_sequence('clients_client', 'id'), (SELECT max(id) FROM clients_client));
"""
CONTACT_ROWS = """
INSERT INTO clients_contact (id, external_id, client_id, name, position, email, greeting, address_form, tone, channel,
                             hours, is_primary, created_at, updated_at, version)
SELECT i, 'b-' || i, i,
       pg_temp.one('{Иван,Пётр,Мария,Ольга,Семён,Нина,Олег,Алла,Юрий,Лидия}', pg_temp.h(i, 11)) || ' '
       || pg_temp.one('{Белых,Седых,Черных,Долгих,Сухих,Живаго,Дурново,Шевченко,Гончаренко,Ткаченко,Бондаренко}', pg_temp.h(i, 12)),
       'директор', 'person' || i || '@firm' || i || '.example', 'Здравствуйте', 'vy', '', '', '', true, now(), now(), 1
FROM generate_series(1, %(clients)s) i;
INSERT INTO clients_contactphone (contact_id, number, position)
SELECT i, '+79' || lpad(i::text, 9, '0'), 0 FROM generate_series(1, %(clients)s) i;
SELECT setval(pg_get_serial_sequence('clients_contact', 'id'), (SELECT max(id) FROM clients_contact));
"""
CONTRACT_ROWS = """
INSERT INTO clients_contract (id, external_id, client_id, number, signed_on, starts_on, ends_on, amount, source,
                              created_at, updated_at, version)
SELECT (c.id - 1) * %(each)s + k + 1, 'b-' || c.id || '-' || k, c.id, c.id || '/' || k, w.starts_on, w.starts_on,
       CASE WHEN k < %(each)s - 1 THEN c.created_on + (k + 1) * w.span / %(each)s - 1
            WHEN pg_temp.h(c.id, 13) %% 3 < 2 THEN current_date + (pg_temp.h(c.id, 14) %% 365)::int
            ELSE greatest(w.starts_on + 10, current_date - 1 - (pg_temp.h(c.id, 14) %% 400)::int) END,
       10000 + pg_temp.h(c.id * 3 + k, 15) %% 500000, 'import', now(), now(), 1
FROM clients_client c CROSS JOIN generate_series(0, %(each)s - 1) k CROSS JOIN LATERAL (
    SELECT current_date - c.created_on AS span,
           c.created_on + k * (current_date - c.created_on) / %(each)s + (pg_temp.h(c.id + k, 16) %% 15)::int AS starts_on
) w;
SELECT setval(pg_get_serial_sequence('clients_contract', 'id'), (SELECT max(id) FROM clients_contract));
"""
#: Up to today, the busiest clients many times the others. One in a hundred is of the last weeks and made in the product
#: itself: its call and survey are to be planned. The others came with their past.
ORDER_ROWS = """
INSERT INTO clients_order (id, external_id, client_id, ordered_at, completed_at, status, amount, refunded_amount,
                           refunded_on, source, created_at, updated_at, version)
SELECT o.i, 'b-' || o.i, c.id, m.at, CASE WHEN s.status = 'completed' THEN m.at + interval '6 hours' END, s.status, a.amount,
       CASE WHEN s.refunded THEN round(a.amount / 2) ELSE 0 END, CASE WHEN s.refunded THEN (m.at + interval '9 days')::date END,
       CASE WHEN o.i %% 100 = 0 THEN 'manual' ELSE 'import' END, now(), now(), 1
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS o (i)
JOIN clients_client c
  ON c.id = 1 + (floor(%(clients)s * power(pg_temp.h(o.i, 20) / 2147483648.0, 1.6))::bigint * 7919) %% %(clients)s
CROSS JOIN LATERAL (SELECT
    CASE WHEN o.i %% 100 = 0 THEN current_date - 2 - (pg_temp.h(o.i, 21) %% 55)::int
         ELSE c.created_on + ((current_date - c.created_on - 1)::bigint * pg_temp.h(o.i, 22) / 2147483648)::int
    END + interval '9 hours' + pg_temp.h(o.i, 23) %% 480 * interval '1 minute' AS at) m
CROSS JOIN LATERAL (SELECT pg_temp.one('{completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,completed,new,cancelled}', pg_temp.h(o.i, 24)) AS status,
    pg_temp.h(o.i, 25) %% 50 = 0 AND o.i %% 100 <> 0 AS refunded) s
CROSS JOIN LATERAL (SELECT 1000 + pg_temp.h(o.i, 26) %% 200000 AS amount) a;
INSERT INTO clients_order_products (order_id, product_id)
SELECT i, (SELECT min(id) FROM clients_product) + pg_temp.h(i, 27) %% 20 FROM generate_series(%(first)s::bigint, %(last)s::bigint) i;
SELECT setval(pg_get_serial_sequence('clients_order', 'id'), %(last)s);
"""
EVENTS = """
INSERT INTO clients_timelineevent (client_id, kind, at, summary, data, subject_type)
SELECT client_id, 'contract_signed', signed_on, '', '{}'::jsonb, 'clients.contract' FROM clients_contract
UNION ALL SELECT id, 'client_created', created_on, '', '{}'::jsonb, 'clients.client' FROM clients_client;
"""
#: Two talks with each client: one long ago, one about as lately as the tier asks for, now and then a little too long ago.
TALKS = """
INSERT INTO work_touch (created_at, updated_at, version, client_id, kind, subject, assignee_id, follows_owner, due_from, due_on,
                        is_late, is_urgent, state, outcome, note, closed_at, closed_by_id, rule, initiator)
SELECT d.at, d.at, 1, c.id, 'check_in', '', s.owner_id, true, d.at::date, d.at::date, false, false, 'done', 'reached',
       '', d.at, s.owner_id, 'talk:' || c.id || ':' || k, 'us'
FROM clients_client c JOIN clients_clientstanding s ON s.client_id = c.id CROSS JOIN generate_series(1, 2) k
CROSS JOIN LATERAL (SELECT now() - CASE k WHEN 1 THEN 70 + pg_temp.h(c.id, 30) % 300
    ELSE pg_temp.h(c.id, 31) % CASE c.tier WHEN 'A' THEN 16 WHEN 'B' THEN 33 ELSE 66 END END * interval '1 day' AS at) d;
"""
#: What came from elsewhere was called and thanked there.
PAST = """
DELETE FROM work_pendingfact f USING clients_order o WHERE o.id = f.order_id AND (o.source = 'import' OR f.kind = 'thanks')
"""
#: The calls of the past weeks have been made, apart from every seventh.
CALLED = """
UPDATE work_touch SET state = 'done', outcome = 'reached', closed_at = now() - interval '1 day'
WHERE kind = 'follow_up' AND id % 7 <> 0
"""
#: Sweeps that write letters, or take what people brought: there is nothing of either.
LEFT_OUT = {
    "work.plan_thanks",
    "feedback.send_surveys",
    "interchange.run_waiting_imports",
    "reports.refresh_facts",
    "reports.raise_alerts",
    "reports.send_morning_letters",
    "gateways.deliver_due",
}


def _is_filled() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM bench_filling WHERE number = %s", [FILLING])
        return cursor.fetchone() is not None


def _timed(title: str, act: Callable[[], object]) -> None:
    started = time.perf_counter()
    act()
    say(f"  {title}: {time.perf_counter() - started:.0f} s")


def _step(title: str, sql: str, **values: Any) -> None:
    def act() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values or None)

    _timed(title, act)


def fill(size: int) -> None:
    if _is_filled():
        return
    clients = CLIENTS * size
    say(f"Filling {connection.settings_dict['NAME']}: {clients:,} clients, {clients * ORDERS_EACH:,} orders")
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
    _step("people and catalogue", PEOPLE, names=[*MANAGERS, "Зоя Руднева", "Игорь Панов"])
    _step("clients", CLIENT_ROWS, clients=clients)
    _step("contacts", CONTACT_ROWS, clients=clients)
    _step("contracts", CONTRACT_ROWS, each=CONTRACTS_EACH)
    _step("analyse", "ANALYZE")
    for first in range(1, clients * ORDERS_EACH + 1, ORDERS_AT_ONCE):
        last = min(first + ORDERS_AT_ONCE - 1, clients * ORDERS_EACH)
        _step("orders", ORDER_ROWS, first=first, last=last, clients=clients)
    _step("timeline", EVENTS)
    _step("talks", TALKS)
    _step("statistics", "ANALYZE")
    _plan()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("INSERT INTO bench_filling VALUES (%s)", [FILLING])


def _plan() -> None:
    """The state of a day on which the worker has done all its work."""
    from accounting_crm.beat import SWEEPS
    from reports import services

    _step("the past", PAST)
    for sweep in SWEEPS:
        if sweep.name not in LEFT_OUT:
            _timed(sweep.name, partial(sweep.function(), now=now()))
    _step("calls made", CALLED)
    _step("statistics", "ANALYZE")
    _timed("facts of the figures", partial(services.rebuild_facts, now=now()))
    _timed("early signs after the calls", partial(sweep_named("retention.watch_attention").function(), now=now()))
