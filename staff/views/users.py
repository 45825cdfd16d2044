"""Accounts of the company, for the head and administrators."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.editing import edit_page
from core.errors import DomainError
from core.forms import put_errors
from staff import queries, services
from staff.access import person, shown_in
from staff.forms import AbsenceForm, InviteForm, PeopleFilter, PhotoForm, UserForm
from staff.models import User
from staff.permissions import may_manage
from staff.views.common import account, leads_only, saved, tell

PAGE = 50


@require_safe
@leads_only
def users(request: HttpRequest) -> HttpResponse:
    form = PeopleFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = queries.people(text=chosen.get("q", ""), role=chosen.get("role", ""), state=chosen.get("state") or "active")
    page = queries.page_of(found, number=request.GET.get("page"), size=PAGE)
    return render(request, "staff/users.html", {"form": form, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@leads_only
def invite(request: HttpRequest) -> HttpResponse:
    actor = person(request)
    form = InviteForm(request.POST or None, actor=actor, initial={"timezone": actor.timezone, "language": "ru"})
    if request.method == "POST" and form.is_valid():
        try:
            user = services.invite_user(values=form.mine(), actor=actor, now=now())
        except DomainError as error:
            put_errors(form, error)
        else:
            tell(request, lambda: None, _("The invitation is on its way to %(email)s.") % {"email": user.email})
            return redirect("staff:user", user.pk)
    return render(request, "staff/invite.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@leads_only
def user(request: HttpRequest, pk: int) -> HttpResponse:
    shown = account(request, pk)
    actor = person(request)
    return edit_page(
        request,
        build=lambda data: UserForm(data, actor=actor, initial=UserForm.initial_of(shown)),
        save=lambda form: services.update_user(
            user=shown, original=form.seen(), mine=form.mine(), actor=actor, now=now()
        ),
        show=shown_in(request, "staff/user.html", **_card(shown, actor)),
        done=saved(request, "staff:user", pk),
    )


def _card(shown: User, actor: User) -> dict[str, object]:
    return {
        "shown": queries.with_second_factor(User.objects.filter(pk=shown.pk)).get(),
        "manageable": may_manage(actor, shown),
        "invited_only": queries.was_invited_only(shown),
        "sessions": queries.live_sessions(shown),
        "absences": shown.absences.all()[:20],
        "tokens": shown.api_tokens.filter(revoked_at__isnull=True),
        "absence_form": AbsenceForm(),
        "photo_form": PhotoForm(),
    }


@require_POST
@leads_only
def resend_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    shown, actor = account(request, pk), person(request)
    done = _("The invitation has been sent again.")
    tell(request, lambda: services.resend_invitation(user=shown, actor=actor, now=now()), done)
    return redirect("staff:user", pk)


@require_POST
@leads_only
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    shown, actor = account(request, pk), person(request)
    done = _("A letter with a link to a new password has been sent.")
    tell(request, lambda: services.request_reset(user=shown, actor=actor, now=now()), done)
    return redirect("staff:user", pk)


@require_POST
@leads_only
@reauthentication_required  # type: ignore[untyped-decorator]
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    shown, actor = account(request, pk), person(request)
    done = _("The second factor is gone: the person logs in with the password and sets up a new one.")
    tell(request, lambda: services.reset_second_factor(user=shown, actor=actor, now=now()), done)
    return redirect("staff:user", pk)


@require_POST
@leads_only
def end_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    shown = account(request, pk)
    if not may_manage(person(request), shown):
        raise PermissionDenied
    tell(request, lambda: services.end_sessions(user=shown), _("The person is logged out everywhere."))
    return redirect("staff:user", pk)


@require_POST
@leads_only
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    shown, actor = account(request, pk), person(request)
    done = _("The account is closed. Sessions have ended, tokens are dead; clients go to the head.")
    tell(request, lambda: services.deactivate_user(user=shown, actor=actor, now=now()), done)
    return redirect("staff:user", pk)


@require_POST
@leads_only
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    shown, actor = account(request, pk), person(request)
    tell(request, lambda: services.reactivate_user(user=shown, actor=actor, now=now()), _("The account is open again."))
    return redirect("staff:user", pk)
