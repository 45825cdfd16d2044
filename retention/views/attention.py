"""Who asks for attention without a word."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.enums import Tier
from core.htmx import render_page
from core.page_links import page_urls
from core.pagination import keyset_page
from core.queries import company
from retention.enums import AttentionKind
from retention.forms.attention import AttentionFilterForm
from retention.permissions import may_decide_keeping
from retention.queries.attention import SORTS, AttentionFilter, Sign, attention, counts, lines
from retention.queries.renewals.listing import managers_with_renewals
from staff.access import only, person
from staff.permissions import in_department


@require_safe
@only(in_department)
def listing(request: HttpRequest) -> HttpResponse:
    user, today = person(request), localdate()
    form = AttentionFilterForm(request.GET)
    wanted = form.wanted()
    rows = attention(user, wanted, today=today)
    page = keyset_page(
        lines(rows),
        order=SORTS[form.order],
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    numbers = counts(user, wanted, today=today)
    context = {
        "rows": [Sign(*row) for row in page.rows],
        "found": numbers[wanted.kind] if wanted.kind else sum(numbers.values()),
        "cards": [_card(request, kind, numbers[kind], wanted) for kind in AttentionKind],
        "wanted": wanted,
        "managers": managers_with_renewals(),
        "tiers": Tier.choices,
        "kinds": AttentionKind.choices,
        "calls": [("open", _("planned")), ("done", _("made")), ("none", _("not planned yet"))],
        "lates": [("head", _("overdue for 2 days")), ("red", _("overdue for 5 days"))],
        "leads": may_decide_keeping(user),
        "sort": form.order,
        "a_day": company().attention_per_day,
        "today": today,
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
        "wide": True,
    }
    return render_page(request, "retention/attention/list.html", context, fragment="retention/attention/_rows.html")


def _card(request: HttpRequest, kind: AttentionKind, count: int, wanted: AttentionFilter) -> dict[str, object]:
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    query["kind"] = str(kind)
    return {"label": kind.label, "count": count, "url": f"?{query.urlencode()}", "active": wanted.kind == kind}
