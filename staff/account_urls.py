"""Routes of the log-in library that this product uses, by name: no sign-up, no e-mail management."""

from __future__ import annotations

from typing import Any

from allauth.account import views
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import URLPattern, re_path
from django.views.decorators.http import require_http_methods

_forms_only = require_http_methods(["GET", "HEAD", "POST"])


def _page(route: str, view: Any, name: str) -> URLPattern:
    page: URLPattern = re_path(f"^{route}$", _forms_only(view), name=name)
    return page


urlpatterns = [
    _page("login/", views.login, "account_login"),
    _page("logout/", views.logout, "account_logout"),
    _page("inactive/", views.account_inactive, "account_inactive"),
    _page("reauthenticate/", views.reauthenticate, "account_reauthenticate"),
    _page("password/change/", views.password_change, "account_change_password"),
    _page("password/set/", views.password_set, "account_set_password"),
    _page("password/reset/", views.password_reset, "account_reset_password"),
    _page("password/reset/done/", views.password_reset_done, "account_reset_password_done"),
    _page("password/reset/key/done/", views.password_reset_from_key_done, "account_reset_password_from_key_done"),
    _page(
        r"password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/",
        views.password_reset_from_key,
        "account_reset_password_from_key",
    ),
    _page("second-factor/", mfa.index, "mfa_index"),
    _page("second-factor/authenticate/", mfa.authenticate, "mfa_authenticate"),
    _page("second-factor/reauthenticate/", mfa.reauthenticate, "mfa_reauthenticate"),
    _page("second-factor/totp/activate/", totp.activate_totp, "mfa_activate_totp"),
    _page("second-factor/totp/deactivate/", totp.deactivate_totp, "mfa_deactivate_totp"),
    _page("second-factor/recovery-codes/", codes.view_recovery_codes, "mfa_view_recovery_codes"),
    _page("second-factor/recovery-codes/generate/", codes.generate_recovery_codes, "mfa_generate_recovery_codes"),
    _page("second-factor/recovery-codes/download/", codes.download_recovery_codes, "mfa_download_recovery_codes"),
    _page("second-factor/keys/", webauthn.list_webauthn, "mfa_list_webauthn"),
    _page("second-factor/keys/add/", webauthn.add_webauthn, "mfa_add_webauthn"),
    _page("second-factor/keys/confirm/", webauthn.reauthenticate_webauthn, "mfa_reauthenticate_webauthn"),
    _page("second-factor/keys/login/", webauthn.login_webauthn, "mfa_login_webauthn"),
    _page(r"second-factor/keys/(?P<pk>[0-9]{1,18})/remove/", webauthn.remove_webauthn, "mfa_remove_webauthn"),
    _page(r"second-factor/keys/(?P<pk>[0-9]{1,18})/edit/", webauthn.edit_webauthn, "mfa_edit_webauthn"),
]
