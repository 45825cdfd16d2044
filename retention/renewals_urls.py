from __future__ import annotations

from django.urls import path

from retention.views.renewals import boards, head, page

app_name = "renewals"
urlpatterns = [
    path("", boards.board, name="board"),
    path("stages/", boards.stages, name="stages"),
    path("list/", boards.listing, name="list"),
    path("calendar/", boards.calendar, name="calendar"),
    path("disagreements/", head.disputes, name="disputes"),
    path("offers/", head.offers, name="offers"),
    path("offers/<int:pk>/decide/", head.decide, name="decide_offer"),
    path("records/", head.mismatches, name="mismatches"),
    path("settings/", head.settings_page, name="settings"),
    path("<int:pk>/", page.page, name="page"),
    path("<int:pk>/stage/", boards.stage, name="stage"),
    path("<int:pk>/opinion/", page.opinion, name="opinion"),
    path("<int:pk>/verdict/", page.verdict, name="verdict"),
    path("<int:pk>/postpone/", page.put_off, name="postpone"),
    path("<int:pk>/offer/", page.offer, name="offer"),
    path("<int:pk>/link/", page.link, name="link"),
    path("<int:pk>/renew/", page.renew, name="renew"),
    path("<int:pk>/refuse/", page.refuse, name="refuse"),
    path("<int:pk>/reopen/", page.reopen, name="reopen"),
]
