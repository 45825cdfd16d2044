from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods

from clients.letters import compose
from clients.models import LetterTemplate
from clients.queries import current_owner
from core.errors import DomainError
from feedback.forms.surveys import WordingForm
from feedback.queries.letters import contact_for_preview, is_to_staff, letter_templates, placeholders_of
from feedback.services.letters import edit_wording
from feedback.views.access import leaders_only, show_refusal, user_of

_LETTER_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


@require_GET
@leaders_only
def template_list(request: HttpRequest) -> HttpResponse:
    return render(request, "feedback/letters.html", {"rows": letter_templates()})


@require_http_methods(["GET", "POST"])
@leaders_only
def template_edit(request: HttpRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(letter_templates(), pk=pk)
    initial = {field: getattr(template, field) for field in ("name", "subject", "body", "version")}
    form = WordingForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, template, form)
        except DomainError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("The wording has been saved."))
            return redirect("letters:edit", pk=pk)
    context = {
        "template": template,
        "form": form,
        "placeholders": placeholders_of(template.code),
        "contact": None if is_to_staff(template.code) else contact_for_preview(user_of(request)),
        "others": [row for row in letter_templates().filter(code=template.code) if row.pk != pk],
    }
    return render(request, "feedback/letter_form.html", context, status=status)


def _save(request: HttpRequest, template: LetterTemplate, form: WordingForm) -> None:
    data = form.cleaned_data
    edit_wording(
        template=template,
        name=data["name"],
        subject=data["subject"],
        body=data["body"],
        expected_version=data["version"],
        actor=user_of(request),
        now=timezone.now(),
    )


@require_GET
@leaders_only
@xframe_options_sameorigin
def template_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The saved wording as a real contact would get it, in a frame that allows nothing. Writes and sends nothing."""
    template = get_object_or_404(letter_templates(), pk=pk)
    contact = None if is_to_staff(template.code) else contact_for_preview(user_of(request))
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
