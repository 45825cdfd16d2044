from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.http import require_GET

from core.page_links import page_urls
from core.pagination import keyset_page
from core.queries import company as load_company
from feedback import queries
from feedback.forms.surveys import AnswerFilter, InvitationFilter
from staff.access import only, person
from staff.permissions import in_department


@require_GET
@only(in_department)
def invitation_list(request: HttpRequest) -> HttpResponse:
    form = InvitationFilter(request.GET)
    form.is_valid()
    data = form.cleaned_data
    rows = queries.invitation_list(
        person(request),
        state=data.get("state", ""),
        by_phone={"letter": False, "phone": True}.get(data.get("way", "")),
        search=data.get("search", ""),
    )
    page = keyset_page(
        rows.values_list(*queries.INVITATION, named=True),
        order=("-send_on", "-id"),
        after=data.get("after", ""),
        before=data.get("before", ""),
    )
    context = {
        "rows": [queries.Invitation(*row) for row in page.rows],
        "today": localdate(),
        "form": form,
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
    }
    return render(request, "feedback/invitations.html", context)


@require_GET
@only(in_department)
def answer_list(request: HttpRequest) -> HttpResponse:
    form = AnswerFilter(request.GET)
    form.is_valid()
    data = form.cleaned_data
    rows = queries.answer_list(
        person(request),
        scale=data.get("scale", ""),
        least=data.get("least"),
        most=data.get("most"),
        since=data.get("since"),
        until=data.get("until"),
        search=data.get("search", ""),
    )
    page = keyset_page(
        rows.values_list(*queries.ANSWER, named=True),
        order=("-answered_at", "-id"),
        after=data.get("after", ""),
        before=data.get("before", ""),
    )
    context = {
        "rows": [queries.Answer(*row) for row in page.rows],
        "form": form,
        "company": load_company(),
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
    }
    return render(request, "feedback/answers.html", context)
