from __future__ import annotations

from django.urls import path, re_path

from staff.views import own, users

app_name = "staff"
urlpatterns = [
    path("staff/users/", users.users, name="users"),
    path("staff/users/invite/", users.invite, name="invite"),
    path("staff/users/<int:pk>/", users.user, name="user"),
    path("staff/users/<int:pk>/invitation/", users.resend_invitation, name="resend_invitation"),
    path("staff/users/<int:pk>/password/", users.reset_password, name="reset_password"),
    path("staff/users/<int:pk>/second-factor/", users.reset_second_factor, name="reset_second_factor"),
    path("staff/users/<int:pk>/sessions/end/", users.end_sessions, name="end_sessions"),
    path("staff/users/<int:pk>/deactivate/", users.deactivate, name="deactivate"),
    path("staff/users/<int:pk>/reactivate/", users.reactivate, name="reactivate"),
    path("staff/users/<int:pk>/photo/", own.photo, name="photo"),
    path("staff/users/<int:pk>/absences/", own.add_absence, name="add_absence"),
    path("staff/absences/<int:pk>/remove/", own.remove_absence, name="remove_absence"),
    path("account/", own.profile, name="profile"),
    path("account/sessions/", own.sessions, name="sessions"),
    path("account/sessions/end-others/", own.end_other_sessions, name="end_other_sessions"),
    path("account/sessions/<int:pk>/end/", own.end_session, name="end_session"),
    path("account/tokens/", own.tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", own.revoke_token, name="revoke_token"),
    re_path(r"^media/photos/(?P<name>[0-9a-f]{32}\.jpg)$", own.photo_file, name="photo_file"),
]
