from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods

from clients.letters import compose
from clients.queries import current_owner
from core.editing import edit_page
from feedback.forms.surveys import WordingForm
from feedback.queries.letters import contact_for_preview, is_to_staff, letter_templates, placeholders_of
from feedback.services.letters import edit_wording
from staff.access import only, person, shown_in
from staff.permissions import leads

leaders_only = only(leads)
_LETTER_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


@require_GET
@leaders_only
def template_list(request: HttpRequest) -> HttpResponse:
    return render(request, "feedback/letters.html", {"rows": letter_templates()})


@require_http_methods(["GET", "POST"])
@leaders_only
def template_edit(request: HttpRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(letter_templates(), pk=pk)
    initial = {field: getattr(template, field) for field in ("name", "subject", "body")}
    context = {
        "template": template,
        "placeholders": placeholders_of(template.code),
        "contact": None if is_to_staff(template.code) else contact_for_preview(person(request)),
        "others": [row for row in letter_templates().filter(code=template.code) if row.pk != pk],
    }

    def done() -> HttpResponse:
        messages.success(request, _("The wording has been saved."))
        return redirect("letters:edit", pk=pk)

    return edit_page(
        request,
        build=lambda data: WordingForm(data, initial=initial),
        save=lambda form: edit_wording(
            template=template, original=form.seen(), mine=form.mine(), actor=person(request), now=timezone.now()
        ),
        show=shown_in(request, "feedback/letter_form.html", **context),
        done=done,
    )


@require_GET
@leaders_only
@xframe_options_sameorigin
def template_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The saved wording as a real contact would get it, in a frame that allows nothing. Writes and sends nothing."""
    template = get_object_or_404(letter_templates(), pk=pk)
    contact = None if is_to_staff(template.code) else contact_for_preview(person(request))
    html = ""
    if contact is not None:
        html = compose(
            template_code=template.code,
            contact=contact,
            owner=current_owner(contact.client),
            language=template.language,
            extra={"survey_url": request.build_absolute_uri("/s/preview/")},
        ).html
    return HttpResponse(html, headers={"Content-Security-Policy": _LETTER_POLICY, "Cache-Control": "no-store"})
