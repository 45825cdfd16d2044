"""What a person does about himself: profile, photo, absences, sessions, tokens."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.editing import edit_page
from core.errors import DomainError
from core.forms import put_errors
from staff import queries, services
from staff.access import person, shown_in
from staff.forms import AbsenceForm, PhotoForm, ProfileForm, TokenForm
from staff.models import Absence
from staff.permissions import visible_tokens, visible_users
from staff.views.common import account, saved, tell

YEAR = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    actor = person(request)
    card = {
        "shown": actor,
        "photo_form": PhotoForm(),
        "absence_form": AbsenceForm(),
        "absences": actor.absences.all()[:20],
    }
    return edit_page(
        request,
        build=lambda data: ProfileForm(data, initial=ProfileForm.initial_of(actor)),
        save=lambda form: services.update_user(
            user=actor, original=form.seen(), mine=form.mine(), actor=actor, now=now()
        ),
        show=shown_in(request, "staff/profile.html", **card),
        done=saved(request, "staff:profile"),
    )


@require_POST
@login_required
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """Sets the photo, or takes it away when the button says so."""
    shown, actor = account(request, pk), person(request)
    back = redirect("staff:profile") if shown.pk == actor.pk else redirect("staff:user", pk)
    if "remove" in request.POST:
        done = _("The photo is gone.")
        tell(request, lambda: services.set_photo(user=shown, content=None, actor=actor, now=now()), done)
        return back
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "staff/photo.html", {"form": form, "shown": shown}, status=400)
    content = form.cleaned_data["photo"]
    tell(
        request, lambda: services.set_photo(user=shown, content=content, actor=actor, now=now()), _("The photo is set.")
    )
    return back


@require_safe
def photo_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Open to all, as letters to clients show it; the name is 128 random bits, the content was drawn by us."""
    path = settings.MEDIA_ROOT / "photos" / name
    try:
        response = FileResponse(path.open("rb"), content_type="image/jpeg")
    except OSError as error:
        raise Http404 from error
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


@require_POST
@login_required
def add_absence(request: HttpRequest, pk: int) -> HttpResponse:
    shown, actor = account(request, pk), person(request)
    form = AbsenceForm(request.POST)
    if form.is_valid():
        tell(
            request,
            lambda: services.add_absence(user=shown, actor=actor, **form.cleaned_data),
            _("The absence is noted."),
        )
        return redirect("staff:profile") if shown.pk == actor.pk else redirect("staff:user", pk)
    return render(request, "staff/absence.html", {"form": form, "shown": shown}, status=400)


@require_POST
@login_required
def remove_absence(request: HttpRequest, pk: int) -> HttpResponse:
    actor = person(request)
    absence = get_object_or_404(Absence.objects.filter(user__in=visible_users(actor)).select_related("user"), pk=pk)
    tell(request, lambda: services.remove_absence(absence=absence, actor=actor), _("The absence is removed."))
    return redirect("staff:profile") if absence.user_id == actor.pk else redirect("staff:user", absence.user_id)


@require_safe
@never_cache
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    own = queries.live_sessions(person(request))
    return render(request, "staff/sessions.html", {"sessions": own, "current": request.session.session_key})


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(queries.live_sessions(person(request)), pk=pk)
    tell(request, lambda: services.end_sessions(user=person(request), only=pk), _("The session has ended."))
    return redirect("staff:sessions")


@require_POST
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    key = request.session.session_key or ""
    done = _("All other sessions have ended.")
    tell(request, lambda: services.end_sessions(user=person(request), but_key=key), done)
    return redirect("staff:sessions")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def tokens(request: HttpRequest) -> HttpResponse:
    """The bare token is part of this one answer and of nothing else."""
    actor = person(request)
    form = TokenForm(request.POST or None, user=actor)
    bare, status = "", 400 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            _token, bare = services.issue_token(user=actor, actor=actor, now=now(), **form.cleaned_data)
        except DomainError as error:
            put_errors(form, error)
            status = error.status
        else:
            form, status = TokenForm(user=actor), 201
    listed = visible_tokens(actor).filter(user=actor)
    return render(
        request, "staff/tokens.html", {"form": form, "bare": bare, "tokens": listed, "now": now()}, status=status
    )


@require_POST
@login_required
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    actor = person(request)
    token = get_object_or_404(visible_tokens(actor), pk=pk)
    tell(request, lambda: services.revoke_token(token=token, actor=actor, now=now()), _("The token is dead."))
    return redirect("staff:tokens") if token.user_id == actor.pk else redirect("staff:user", token.user_id)
