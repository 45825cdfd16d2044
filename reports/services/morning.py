"""Alerts of figures, and the head's letter of the morning: what moved, and who needs him."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clients.letters import letter_html
from core.figures import Figure, Period, add_months
from core.formats import PERCENT
from core.queries import company, load_calendar
from gateways.enums import MessageClass
from gateways.services import LetterDraft, enqueue_letters
from reports import queries, rules
from reports.alerts import unseen
from reports.department import TILES
from reports.enums import AlertKind
from reports.managers.drops import WATCHED, find_drops, trailing
from reports.managers.queries import month_by_month
from reports.models import FigureAlert
from reports.registry import FIGURES
from reports.rules import Plan
from reports.services.quality import quality
from reports.wording import Links, Wording, period_label
from retention.models import Corridor, Target
from staff.enums import Role
from staff.models import User

HOUR = 8

#: What waits for the head, in one statement: its name, how many, and whose it is: the clients that wait longest, or the
#: colleagues with the most contacts past their window.
WAITING = """
    WITH waiting (name, client_id, since) AS (
        SELECT 'disputes', client_id, disputed_at FROM retention_renewal
            WHERE outcome = '' AND disputed_at IS NOT NULL AND verdict = ''
        UNION ALL SELECT 'offers', r.client_id, o.made_at FROM retention_renewaloffer o
            JOIN retention_renewal r ON r.id = o.renewal_id WHERE o.state = 'waiting'
        UNION ALL SELECT 'handoffs', client_id, accept_by FROM clients_handoff
            WHERE status = 'offered' AND accept_by < %(now)s
        UNION ALL SELECT 'complaints', client_id, deadline FROM feedback_complaint
            WHERE state = 'open' AND deadline < %(now)s
    ), placed AS (
        SELECT name, client_id, count(*) OVER (PARTITION BY name) AS total,
            row_number() OVER (PARTITION BY name ORDER BY since, client_id) AS place
        FROM waiting
    ), late AS (
        SELECT assignee_id, count(*) AS n, row_number() OVER (ORDER BY count(*) DESC, assignee_id) AS place
        FROM work_touch WHERE state = 'open' AND due_on < %(today)s GROUP BY assignee_id
    )
    SELECT p.name, p.total, string_agg(c.name, ', ' ORDER BY p.place)
        FROM placed p JOIN clients_client c ON c.id = p.client_id WHERE p.place <= 3 GROUP BY p.name, p.total
    UNION ALL SELECT 'touches', sum(l.n)::bigint,
            string_agg(u.name || ' ' || l.n, ', ' ORDER BY l.place) FILTER (WHERE l.place <= 3)
        FROM late l LEFT JOIN staff_user u ON u.id = l.assignee_id
"""


def raise_alerts(*, now: datetime) -> Mapping[str, int]:
    """One row per figure and month, and per manager and month; what is there already stays as it was seen."""
    today = timezone.localdate(now)
    drafts = [*_corridors(today, now), *_scores(today, now), *_drops(today, now)]
    if not drafts:
        return {"alerts": 0}
    before = FigureAlert.objects.count()
    FigureAlert.objects.bulk_create(drafts, ignore_conflicts=True)
    return {"alerts": FigureAlert.objects.count() - before}


def _corridors(today: date, now: datetime) -> list[FigureAlert]:
    """Of the last complete month: a month that has hardly begun leaves every corridor."""
    corridors = {row.metric: row for row in Corridor.objects.all() if row.metric in FIGURES}
    if not corridors:
        return []
    months = _watched_months(today, company().grace_days)
    found = []
    for figures, month in zip(
        queries.figures(queries.question(*months, as_of=today), keys=list(corridors)), months, strict=True
    ):
        for metric, row in corridors.items():
            value = figures[metric].value
            limit = rules.limit_left(value, low=_number(row.low), high=_number(row.high))
            if value is not None and limit is not None:
                found.append(_alert(AlertKind.CORRIDOR, metric, month.start, None, value, limit, now))
    return found


def _watched_months(today: date, grace: int) -> list[Period]:
    """The last complete month, and those before it up to the first day on which they are matured: the grace of January
    is over in March only.
    """
    months = [_last_month(today)]
    while (before := _last_month(months[-1].start)).last + timedelta(days=grace + 1) >= today:
        months.append(before)
    return months


def _number(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]


def _scores(today: date, now: datetime) -> list[FigureAlert]:
    """Of each manager, and of the whole department, which has none. Beside one that nobody has seen yet, a second one
    of the new month would say the same again.
    """
    month = today.replace(day=1)
    unseen = set(
        FigureAlert.objects.filter(kind=AlertKind.SCORE, seen_at__isnull=True).values_list("metric", "manager_id")
    )
    return [
        _alert(AlertKind.SCORE, one.scale, month, one.manager, one.latest, one.earlier, now)
        for one in quality(now=now)
        if one.dropped and one.latest is not None and one.earlier is not None
        if (one.scale, one.manager) not in unseen
    ]


def _drops(today: date, now: datetime) -> list[FigureAlert]:
    """The latest three whole months of each manager against his own twelve before; once a month."""
    late, earlier = trailing(today)
    view = queries.at_once(queries.question(late, earlier, as_of=today))
    managers = list(User.objects.filter(is_active=True, roles__contains=[Role.AM]).values_list("pk", flat=True))
    if view.absent or not managers:
        return []
    found = find_drops(month_by_month(view.asked, source=view.source, sums=WATCHED), managers, today)
    month = add_months(late.end, -1)
    return [_alert(AlertKind.DROP, one.figure, month, one.manager, one.now, one.before, now) for one in found]


def _alert(
    kind: AlertKind, metric: str, month: date, manager: int | None, value: float, limit: float, now: datetime
) -> FigureAlert:
    return FigureAlert(
        kind=kind, metric=metric, month=month, manager_id=manager, value=value, limit=limit, created_at=now
    )


def _last_month(today: date) -> Period:
    month = today.replace(day=1)
    return Period(add_months(month, -1), month)


@dataclass(frozen=True, slots=True)
class Moved:
    title: str
    value: str
    change: str
    plan: str
    missed: bool
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    text: str
    count: int
    who: str
    url: str


def send_morning_letters(*, now: datetime) -> Mapping[str, int]:
    """Once a working day from eight o'clock of the company on, to every head; late in the day is pointless."""
    today, settled = timezone.localdate(now), company()
    start = datetime.combine(today, time(HOUR), timezone.get_default_timezone())
    if not settled.morning_letter or now < start or now >= start + timedelta(hours=10):
        return {"letters": 0}
    if not load_calendar().is_workday(today):
        return {"letters": 0}
    heads = User.objects.filter(is_active=True, roles__contains=[Role.HEAD]).exclude(email="")
    keys = {f"morning:{today}:{head.pk}": head for head in heads}
    fresh = _unwritten(keys)
    if not fresh:
        return {"letters": 0}
    drafts = []
    for language in sorted({head.language for head in fresh.values()}):
        readers = {key: head for key, head in fresh.items() if head.language == language}
        with translation.override(language):
            drafts += _drafts(readers, language, today=today, now=now)
    enqueue_letters(drafts, now=now)
    return {"letters": len(drafts)}


def _unwritten(keys: Mapping[str, User]) -> dict[str, User]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM gateways_outboxmessage WHERE key = ANY(%s)", [list(keys)])
        there = {key for (key,) in cursor.fetchall()}
    return {key: head for key, head in keys.items() if key not in there}


def _drafts(heads: Mapping[str, User], language: str, *, today: date, now: datetime) -> list[LetterDraft]:
    month = _last_month(today)
    context = {
        "day": date_format(today, "j E"),
        "month": period_label(month),
        "moved": moved(today),
        "waiting": waiting(now),
        "alerts": [(one.text, f"{settings.APP_URL}{one.url}") for one in unseen()],
        "url": f"{settings.APP_URL}{reverse('reports:department')}",
    }
    text = render_to_string("reports/letters/morning.txt", context).strip() + "\n"
    subject = _("The department on the morning of %(day)s") % {"day": context["day"]}
    html = letter_html("reports/letters/morning.html", context, subject=subject, company=company(), language=language)
    return [
        LetterDraft(
            key=key,
            to_address=head.email,
            to_name=head.name,
            subject=subject,
            text=text,
            html=html,
            message_class=MessageClass.STAFF,
            expires_at=now + timedelta(hours=14),
        )
        for key, head in heads.items()
    ]


def moved(today: date) -> list[Moved]:
    """The last complete month beside the one before and its plan; what reads the same is left out unless missed."""
    month = _last_month(today)
    before = Period(add_months(month.start, -1), month.start)
    now, then = queries.figures(queries.question(month, before, as_of=today), keys=list(TILES))
    plans = [
        Plan(row.pk, row.metric, row.manager_id, row.month, float(row.value))
        for row in Target.objects.filter(manager__isnull=True)
    ]
    rows = [_moved(key, now[key], then[key], plans, month, before) for key in TILES]
    return [row for row in rows if row is not None]


def _moved(key: str, now: Figure, then: Figure, plans: Sequence[Plan], month: Period, before: Period) -> Moved | None:
    definition, words = FIGURES[key], Wording(PERCENT)
    plan = rules.plan_for(plans, key, manager=None, month=month.start)
    change = words.change(now.unit, now.value, then.value)
    missed = False
    if plan is not None and now.value is not None and definition.higher_is_better is not None:
        missed = now.value < plan.value if definition.higher_is_better else now.value > plan.value
    if now.value is None or not (change or missed):
        return None
    planned = words.value(now.unit, plan.value) if plan else ""
    url = settings.APP_URL + Links({}).compare(key, before, month)
    return Moved(
        str(definition.title), words.value(now.unit, now.value), change, planned, missed, words.unsettled(now), url
    )


def waiting(now: datetime) -> list[Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"now": now, "today": timezone.localdate(now)})
        counted = {name: (count, who) for name, count, who in cursor.fetchall()}
    texts = {
        "disputes": (_("renewals where the signal and the manager disagree"), "renewals:disputes", ""),
        "offers": (_("discounts that wait for your word"), "renewals:offers", ""),
        "handoffs": (_("hand-offs nobody has accepted in time"), "handoffs:list", ""),
        "complaints": (_("complaints past their deadline"), "complaints:list", "?view=overdue"),
        "touches": (_("calls and meetings past their window"), "calls:queue", "?who=all&group=overdue"),
    }
    return [
        Waiting(text, *counted[name], f"{settings.APP_URL}{reverse(route)}{asked}")
        for name, (text, route, asked) in texts.items()
        if name in counted and counted[name][0]
    ]
